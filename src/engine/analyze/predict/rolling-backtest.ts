import { crossing, type Direction } from '../forecast/crossing.ts';
import { forecastSeries, type ForecastOptions } from '../forecast/forecast.ts';

/** Origins that the history is cut at, spread over all of it but the first third. */
const mostOrigins = 24;
const fewestBefore = 12;

/** What was said of a threshold, and what came, over all origins at which it was not reached yet. */
export interface PastCrossings {
  /** The asked one, or `null`: at each origin the extreme value of as many steps before it. */
  readonly threshold: number | null;
  readonly direction: Direction;
  readonly saidAndCame: number;
  readonly saidInVain: number;
  readonly cameUnsaid: number;
  readonly neither: number;
}

export interface RollingBacktest {
  readonly origins: number;
  /** Percent of the values that lay within the interval. */
  readonly coverage: number;
  /** Mean absolute error, and that of repeating the season (without one: the last value), in the unit of the series. */
  readonly error: number;
  readonly naiveError: number;
  readonly crossings: PastCrossings;
}

interface Threshold {
  readonly value: number;
  readonly direction: Direction;
}

/**
 * Forecasts the history from many earlier origins, each from nothing but the values before it, and counts what came of
 * it: coverage and error over all values, and whether a threshold that was said to be crossed (more likely than not) was.
 */
export function rollingBacktest(
  values: Float64Array,
  options: ForecastOptions,
  asked: Threshold | undefined,
): RollingBacktest {
  const { horizon } = options;
  const count = { inside: 0, judged: 0, error: 0, naive: 0 };
  const crossings = { saidAndCame: 0, saidInVain: 0, cameUnsaid: 0, neither: 0 };
  const origins = originsOf(values.length, horizon);
  for (const origin of origins) {
    const history = values.slice(0, origin);
    const actual = values.subarray(origin, origin + horizon);
    const forecast = forecastSeries(history, options);
    const lag = forecast.period ?? 1;
    actual.forEach((value, step) => {
      const repeated = lastAt(history, origin - lag + (step % lag), lag);
      if (!Number.isFinite(value) || !Number.isFinite(repeated)) return;
      count.judged++;
      count.inside += Number(value >= forecast.lower[step]! && value <= forecast.upper[step]!);
      count.error += Math.abs(value - forecast.mean[step]!);
      count.naive += Math.abs(value - repeated);
    });
    const threshold = asked ?? { value: extreme(history.slice(-horizon)), direction: 'above' as const };
    const isBeyond = (value: number): boolean =>
      threshold.direction === 'above' ? value > threshold.value : value < threshold.value;
    const last = lastAt(history, origin - 1, 1);
    if (!Number.isFinite(last) || isBeyond(last) || !actual.some(Number.isFinite)) continue;
    const said = crossing(forecast, threshold.value, threshold.direction).probability >= 0.5;
    const came = actual.some(isBeyond);
    crossings[said ? (came ? 'saidAndCame' : 'saidInVain') : came ? 'cameUnsaid' : 'neither']++;
  }
  return {
    origins: count.judged === 0 ? 0 : origins.length,
    coverage: (100 * count.inside) / count.judged,
    error: count.error / count.judged,
    naiveError: count.naive / count.judged,
    crossings: { threshold: asked?.value ?? null, direction: asked?.direction ?? 'above', ...crossings },
  };
}

/** Latest first. */
function originsOf(length: number, horizon: number): readonly number[] {
  const last = length - horizon;
  const first = Math.max(fewestBefore, Math.ceil(length / 3));
  if (last < first) return last >= fewestBefore ? [last] : [];
  const spacing = Math.max(1, Math.ceil((last - first + 1) / mostOrigins));
  const origins: number[] = [];
  for (let origin = last; origin >= first; origin -= spacing) origins.push(origin);
  return origins;
}

/** The value there, or the same place of an earlier season where it is missing. */
function lastAt(history: Float64Array, index: number, lag: number): number {
  for (let at = index; at >= 0; at -= lag) if (Number.isFinite(history[at])) return history[at]!;
  return Number.NaN;
}

function extreme(values: Float64Array): number {
  return values.reduce((most, value) => (value > most ? value : most), Number.NEGATIVE_INFINITY);
}
