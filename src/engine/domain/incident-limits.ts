/** Limits of incidents: docs/incidents.md. Part of `limits`. */
export const incidentLimits = {
  /** Anomalies of incidents that go on; those beyond it are in the store, but in no incident, and are counted. */
  anomalies: 5000,
  /** Of each: the most telling ones, which make up the fingerprint. */
  carriers: 5,
  /** Of a fingerprint: the heaviest. */
  fingerprintFeatures: 32,
  /** Earlier incidents that one is compared with, the newest. */
  history: 2000,
  /** Calls between services that are looked at. */
  edges: 20_000,
  noteCharacters: 2000,
},
/** Patterns of logs, shapes of traces, and what starts together: docs/patterns.md. */
patterns: {
  /** A minute is read so long after its end: spans of a trace come later than its first one. */
  graceMs: 30_000,
  /** Minutes that one call mines at most, and that a restarted analyzer works off; older ones are left out, and counted. */
  minutesACall: 15,
  backlogMinutes: 120,
  /** Groups of alike log lines a minute: of all services together, and of one at least and at most. */
  groups: 100_000,
  groupsPerService: { least: 200, most: 5000 },
  /** Characters of a message that are mined. */
  messageCharacters: 2048,
  /** Of one service: templates, and masked lines that are remembered. Beyond: one last pattern, `<*>`. */
  templatesPerService: 1000,
  masksPerService: 8192,
  /** Services whose miner is in memory; those silent the longest are kept as text, and beyond `services` forgotten. */
  liveMiners: 256,
  services: 4000,
  exampleCharacters: 300,
  textCharacters: 2000,
  /** `LastSeen` of a pattern that goes on is written so often; its counts tell the minute. */
  rewriteMs: 10 * 60_000,
  /** Traces and spans of a minute that shapes are made of; beyond it one in n. */
  tracesAMinute: 2000,
  spansAMinute: 100_000,
  spansPerTrace: 1000,
  shapes: 5000,
  /** Further shapes that begin with the same operation count as one. */
  shapesPerRoot: 100,
  /** What is compared with: the day before. */
  historyMs: 24 * 3600 * 1000,
  /** Patterns that one look at changes reads, and that it tells. */
  compared: 20_000,
  told: 500,
  /** Values of parameters that are out of the usual, told of one minute and service. */
  unusualAMinute: 20,
  /** Lines that are read to find those of a pattern. */
  linesRead: 20_000,
  /** Spans whose attributes are compared, and pairs of key and value. */
  spansCompared: 20_000,
  attributePairs: 20_000,
  /** Series that are compared with each other, and the minutes of each. */
  seriesCompared: 200,
  minutesCompared: 360,
  /** Minutes by which one series may follow another. */
  lagMinutes: 5,
  /** Services, and windows of a range, that `obs patterns` mines when nobody has before. */
  minesAtOnce: 60,
} as const;

/** Limits of those who are told of incidents. Part of `limits`. */
export const hookLimits = {
  /** Events that wait for one hook; newer ones are dropped, and counted. */
  waiting: 100,
  /** For the answer of a webhook, and for the end of a program. */
  answerMs: 10_000,
  /** Between being asked to end and being ended. */
  killMs: 1000,
  /** How long what a program said last is waited for when it has ended. */
  lastWordsMs: 200,
  /** Between two tries: doubles from the first to the last, less a random part. */
  retryMs: 1000,
  retryMaxMs: 60_000,
  /** From the first try of an event to the end of the last. */
  giveUpMs: 10 * 60_000,
  redirects: 3,
  /** Of an answer, or of standard error, that are read, for the log. */
  answerBytes: 2048,
  /** Anomalies in what is sent, the most severe; an incident names the ids of all. */
  anomalies: 20,
  textCharacters: 1000,
} as const;
