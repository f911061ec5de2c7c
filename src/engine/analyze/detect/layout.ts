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
  /** Cumulative sums upward and downward, and the windows in which they began. */
  up: 17,
  down: 18,
  upSince: 19,
  downSince: 20,
  calmUp: 21,
  calmDown: 22,
  /** Tails of three detectors: threshold, number and sum of peaks beyond it, and the present peak. */
  levelTail: 23,
  shiftTail: 27,
  slowTail: 31,
  /** Where the profile is being learned: its cell, sum and count. */
  cell: 35,
  cellSum: 36,
  cellCount: 37,
  /** Of a gauge: its scale. */
  scale: 38,
  /** Sum and count of the current five minutes, and the means of the last twelve, newest at `ringAt`. */
  stretchSum: 39,
  stretchCount: 40,
  ringAt: 41,
  ringCount: 42,
  ring: 43,
  /** Mean squared change in an hour, distance from the profile of the day, with how often each was seen. */
  hourNoise: 55,
  hourCount: 56,
  seasonNoise: 57,
  seasonCount: 58,
  /** Latest surprise of the two. */
  ramp: 59,
  season: 60,
  /** Since when learning is held back; 0 when it is not. The level meanwhile, also in other times: not robust. */
  heldSince: 61,
  present: 62,
  /** Newest: value on the series's scale, expectation, spread, calls it is from, and calibrated surprise by detector. */
  value: 63,
  expected: 64,
  spread: 65,
  calls: 66,
  level: 67,
  shift: 68,
  slowSurprise: 69,
  /** Whether the newest value lies above (1) or below (−1) what is usual, and the z score. */
  z: 70,
  /** First window of the current run out of the usual; 0 when it is usual. */
  outSince: 71,
  /** Newest window in which the series was there (also as a gap). */
  seen: 72,
  /** Events and exposure of a rare series. */
  events: 73,
  exposure: 74,
  /** Which detector is the strongest: 0 level, 1 shift, 2 ramp, 3 season. */
  strongest: 75,
  /** Expected value on the slow reference. */
  reference: 76,
  referenceSpread: 77,
  /** Surprise by detector before calibration, and what the profiles say of now (NaN when they know nothing). */
  rawLevel: 78,
  rawShift: 79,
  rawSlow: 80,
  byDay: 81,
  byWeek: 82,
  /** Windows since the levels began anew. */
  levelWindows: 83,
  /** What the noise is multiplied with: what so many calls make of a quantile; 1 elsewhere. */
  base: 84,
  meanEffect: 85,
  /** What the stronger of the two slow detectors expected. */
  slowUsual: 86,
  /** 1 once a gauge had a value that is not whole: until then it counts things, and one more or less is nothing. */
  broken: 87,
  /** Windows in a row that learning waited because the series is suspicious, without an anomaly so far. */
  waited: 88,
  /** Distance from the slow reference in standard deviations; what it sums to, over how many windows; and `inertiaOf`, squared. */
  distance: 89,
  inertia: 90,
  distanceSum: 91,
  distanceCount: 92,
  stretches: 93,
  /** Of a rare series: events by exposure when they were last above their mean. */
  elevated: 94,
} as const;

export const stride = 95;

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
