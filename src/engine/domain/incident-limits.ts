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
  /** As many as fit into a task's URL (`limits.tasks`) in any language: nine bytes each at most. */
  noteCharacters: 1500,
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
