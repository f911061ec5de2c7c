/**
 * Where the numbers of a series lie in its block of `stride` doubles. A block is all that is known of a series, but for
 * its name and its profile by time of day.
 */
export const at = {
  /** Windows it was learned from, and the newest one (Unix ms / 10 s). */
  windows: 0,
  newest: 1,
  /** Levels on the series's own scale: about 1, 6 and 17 minutes, the last with a trend a window. */
  fast: 2,
  middle: 3,
  slow: 4,
  trend: 5,
  /** Levels of what is left after the profile of the day and of the week. */
  afterDay: 6,
  afterWeek: 7,
  /** Mean squared errors of the five predictions, in the order of the levels. */
  errors: 8,
  /** What the noise is of what the family expects, for the blend and for the slow reference; of rare events their spread. */
  noise: 13,
  slowNoise: 14,
  /** Of a latency: spread of single calls, and the mean of what the number of calls makes of its quantile. */
  callSpread: 15,
  callEffect: 16,
  meanEffect: 82,
  /** Cumulative sums upward and downward, and the windows in which they began. */
  up: 17,
  down: 18,
  upSince: 19,
  downSince: 20,
  calmUp: 21,
  calmDown: 22,
  /** Tails of three detectors: threshold, number and sum of what went beyond. */
  levelTail: 23,
  shiftTail: 26,
  slowTail: 29,
  /** Where the profile is being learned: its cell, sum and count. */
  cell: 32,
  cellSum: 33,
  cellCount: 34,
  /** Of a gauge: its scale. */
  scale: 35,
  /** 1 once a gauge had a value that is not whole: until then it counts things, and one more or less is nothing. */
  broken: 84,
  /** Sum and count of the current five minutes, and the means of the last twelve, newest at `ringAt`. */
  stretchSum: 36,
  stretchCount: 37,
  ringAt: 38,
  ringCount: 39,
  ring: 40,
  /** Mean squared change in an hour, distance from the profile of the day, with how often each was seen. */
  hourNoise: 52,
  hourCount: 53,
  seasonNoise: 54,
  seasonCount: 55,
  /** Latest surprise of the two. */
  forecast: 56,
  season: 57,
  /** Since when learning is held back; 0 when it is not. The level meanwhile, also in other times: not robust. */
  heldSince: 58,
  present: 59,
  /** Windows in a row that learning waited because the series is suspicious, without an anomaly so far. */
  waited: 85,
  /** Newest: value on the series's scale, expectation, spread, calls it is from, and calibrated surprise by detector. */
  value: 60,
  expected: 61,
  spread: 62,
  calls: 63,
  level: 64,
  shift: 65,
  slowSurprise: 66,
  /** Whether the newest value lies above (1) or below (−1) what is usual, and the z score. */
  z: 67,
  /** First window of the current run out of the usual; 0 when it is usual. */
  outSince: 68,
  /** Newest window in which the series was there (also as a gap). */
  seen: 69,
  /** Events and exposure of a rare series. */
  events: 70,
  exposure: 71,
  /** Which detector is the strongest: 0 level, 1 shift, 2 forecast, 3 season. */
  strongest: 72,
  /** Expected value on the slow reference. */
  reference: 73,
  referenceSpread: 74,
  /** Surprise by detector before calibration, and what the profiles say of now (NaN when they know nothing). */
  rawLevel: 75,
  rawShift: 76,
  rawSlow: 77,
  /** What the stronger of the two slow detectors expected. */
  slowUsual: 83,
  byDay: 78,
  byWeek: 79,
  /** Windows since the levels began anew. */
  levelWindows: 80,
  /** What the noise is multiplied with: what so many calls make of a quantile; 1 elsewhere. */
  base: 81,
} as const;

export const stride = 86;

/** A day has 144 cells of ten minutes, a week 7 × 24 of an hour. One number each for the value; how often is kept as bytes. */
export const dayCells = 144;
export const weekCells = 168;
export const cells = dayCells + weekCells;

export const windowMs = 10_000;
export const windowsPerDay = 8640;

/** Series in a page: pages are never copied when more series come. */
export const pageSeries = 256;

export interface Page {
  readonly numbers: Float64Array;
  readonly profile: Float32Array;
  readonly learned: Uint8Array;
}

export const newPage = (): Page => ({
  numbers: new Float64Array(pageSeries * stride),
  profile: new Float32Array(pageSeries * cells),
  learned: new Uint8Array(pageSeries * cells),
});
