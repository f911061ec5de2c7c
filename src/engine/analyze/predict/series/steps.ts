const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
export const dayMs = 24 * hour;

/** Steps that series are read at: all but those above a day divide a day, so that its season is a whole number of them. */
const ladder = [10 * second, minute, 5 * minute, 10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, dayMs];

/** How finished a step must be: what belongs to it may arrive a little later. */
const lateMs = 15 * second;

/** Steps of equal length from `fromMs` (a multiple of it) up to `toMs`. */
export interface Steps {
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
}

/** Spans in which a day's season shows are read in steps of which a day has no more than a forecast takes one by one. */
const seasonalMs = 2 * dayMs;
const seasonalStepMs = 10 * minute;

/**
 * The shortest step with which a span has no more than so many.
 * @param everyMs how often there is a value: a step is no shorter, or most were empty
 */
export function stepFor(spanMs: number, mostSteps: number, everyMs = 0): number {
  const least = Math.max(spanMs >= seasonalMs ? seasonalStepMs : 0, everyMs * 0.9);
  return (
    ladder.find((step) => step >= least && spanMs / step <= mostSteps) ??
    Math.ceil(Math.max(least, spanMs / mostSteps) / dayMs) * dayMs
  );
}

/** Whole steps within the span, the last of which is over. */
export function closedSteps(fromMs: number, nowMs: number, stepMs: number): Steps {
  const toMs = Math.floor((nowMs - lateMs) / stepMs) * stepMs;
  return { fromMs: Math.min(toMs, Math.ceil(fromMs / stepMs) * stepMs), toMs, stepMs };
}

/** Values by their time in seconds on equal steps; NaN where there is none, or it is no number. */
export function onSteps(
  { fromMs, toMs, stepMs }: Steps,
  points: Iterable<readonly [time: number, value: number]>,
): Float64Array {
  const values = new Float64Array(Math.max(0, Math.round((toMs - fromMs) / stepMs))).fill(Number.NaN);
  for (const [time, value] of points) {
    const index = Math.round((time * 1000 - fromMs) / stepMs);
    if (index >= 0 && index < values.length && Number.isFinite(value)) values[index] = value;
  }
  return values;
}

/** Without the steps before the first value; `null` when there is no value. */
export function fromFirstValue(
  values: Float64Array,
  startMs: number,
  stepMs: number,
): { readonly values: Float64Array; readonly startMs: number } | null {
  const first = values.findIndex(Number.isFinite);
  return first < 0 ? null : { values: values.slice(first), startMs: startMs + first * stepMs };
}
