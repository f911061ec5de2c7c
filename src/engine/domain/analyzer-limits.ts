import { changeLimits } from './change-limits.ts';

/** Limits of the analyzer. Part of `limits`. */
export const analyzerLimits = {
  changes: changeLimits,
  analyze: {
    /** A window is closed so long after its end: exporters send every few seconds, and segments are loaded within two. */
    latenessMs: 8_000,
    /** Part of it that is meant for loading: while acknowledged rows wait longer than this, windows stay open, up to `heldMs`. */
    loadedWithinMs: 3_000,
    heldMs: 60_000,
    /** Windows that a restarted analyzer scores once more or catches up on, and those of which hooks are still told. */
    catchUpMs: 24 * 3600 * 1000,
    tellMs: 10 * 60_000,
    /** Being behind by more is said in the status. */
    behindMs: 120_000,
    /** A part that failed is tried again with the next window; the others go on meanwhile. */
    partMs: 60_000,
  },
  /** Features of closed windows: docs/features.md. */
  features: {
    /** How far back windows are closed at all, where nothing was closed before, and looked at again for what came late. */
    lookBackMs: 24 * 3600 * 1000,
    /** Windows that one statement closes, by their length in seconds, and statements of each length in one call. */
    windowsAStatement: { 10: 180, 60: 30, 600: 12 },
    statementsACall: 4,
    /** What came late: rows that are looked at in one call, windows that are worked out once more, and statements for them. */
    lateRows: 5000,
    correctedWindows: 60,
    correctedRuns: 8,
    /** A subject that is no longer seen has rows with the mark `gap` for so many windows. */
    gapWindows: 30,
    /** How far before a window the point lies that a counter's rate is told by. */
    pointsBackMs: { 10: 120_000, 60: 300_000, 600: 1_200_000 },
    /** Instances and versions that were not seen for so long are new when they come again. */
    instancesBackMs: 7 * 24 * 3600 * 1000,
    /** Of one service in one window: the busiest are kept, the others counted. */
    operationsPerService: 200,
    seriesPerService: 500,
    /** Beyond, a subject ends in a hash of itself. */
    subjectCharacters: 200,
    /** Spans of a minute that calls between services are told from; beyond, one trace in n. */
    spansAMinute: 100_000,
    /** Rows that one read answers with, points of one series, and bytes of an exported file. */
    rowsRead: 500_000,
    seriesPoints: 1_000_000,
    exportBytes: 192 * 1024 * 1024,
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
    /** What is compared with: the day before, or less: so many times the range, and not more counts than that. */
    historyMs: 24 * 3600 * 1000,
    leastHistoryMs: 3 * 3600 * 1000,
    stretches: 64,
    countsCompared: 2_000_000,
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
  },
  /** Models of services: docs/models.md. */
  models: {
    /** Scopes that are trained in one look; the rest waits for the next. */
    scopesPerLook: 4,
    /** Scopes whose error is looked at for drift in one look, in turns. */
    driftChecksPerLook: 20,
    /** The newest windows that a model learns from: two days of 10 s. */
    windows: 17_280,
    columns: 48,
    operations: 8,
    edgeColumns: 64,
    /** Of one training, by its own process: time until it is killed, and resident memory at which it gives up. */
    trainingMs: 120_000,
    trainingBytes: 768 * 1024 * 1024,
    /** Autoencoders that vote at once: each holds a session of ONNX Runtime. */
    sessions: 32,
    fileBytes: 8 * 1024 * 1024,
    /** Artefacts that are kept of models that no longer vote, by scope and family; of older ones the report stays. */
    formerKept: 3,
    rejectedKept: 1,
  },
  /** Forecasts of what is stored (docs/prediction.md). */
  predict: {
    /** How far back a forecast looks where nothing is said; claims of the analyzer look back a week. */
    historyMs: 14 * 24 * 3600 * 1000,
    claimHistoryMs: 7 * 24 * 3600 * 1000,
    /** Steps of a history at most: a longer one is read in longer steps. */
    steps: 1500,
    horizonSteps: 500,
    /** Values that a forecast needs. */
    fewestValues: 6,
    /** Of a look at everything that can fill up: series, and steps of each. */
    capacitySeries: 300,
    capacitySteps: 400,
    /** Services whose golden signals are claimed every hour, the busiest first. */
    claimedServices: 8,
    /** Windows of ten minutes that a claim an hour ahead needs: six hours. */
    claimWindows: 36,
    /** A call of the analyzer stops making claims when its process has used so much CPU, or so much time is over. */
    callCpuMs: 2000,
    callMs: 10_000,
    /** How long the data of a claim's time may take to come before it is untold. */
    untoldAfterMs: 2 * 3600 * 1000,
    /** Claims that one call looks at to mark them: intervals that are due, then others, the oldest first. */
    markedAtOnce: 2000,
  },
} as const;
