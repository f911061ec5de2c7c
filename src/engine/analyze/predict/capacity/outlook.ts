import type { SeriesName } from '../../../domain/anomaly.ts';
import { limits } from '../../../domain/limits.ts';
import { crossing } from '../../forecast/crossing.ts';
import { forecastSeries } from '../../forecast/forecast.ts';
import { dayMs } from '../series/steps.ts';
import type { CapacitySeries } from './capacity-series.ts';
import type { CapacityKind } from './conventions.ts';

/**
 * - `reached`: it is used up now.
 * - `lasting`: its level goes there and stays: a leak, a ramp.
 * - `season`: only the peak of its season reaches it, and comes back.
 * - `unclear`: it rises, but less than two days are known, in which a day's season looks like a leak; or too near the horizon.
 * - `none`: not expected within the horizon.
 * - `deadline`: a time that the metric itself says.
 */
export type Verdict = 'reached' | 'lasting' | 'season' | 'unclear' | 'none' | 'deadline';

/** What will be reached, and when. Times are Unix milliseconds; null: not within the horizon. */
export interface Outlook {
  readonly kind: CapacityKind | 'deadline' | 'budget';
  readonly name: SeriesName;
  readonly title: string;
  /** The newest value, and what is reached: shares of 1, lengths of queues without limit, or milliseconds left of deadlines. */
  readonly now: number;
  readonly threshold: number;
  readonly verdict: Verdict;
  readonly earliestMs: number | null;
  readonly likelyMs: number | null;
  readonly latestMs: number | null;
  /** That it is reached within the horizon, 0 to 1. */
  readonly probability: number;
  /** Up to when it was looked. */
  readonly horizonMs: number;
  /** How much history it is judged by, milliseconds. */
  readonly knownMs: number;
}

/** A day's season is told from a leak when it was seen twice; a rise that gets there sooner than this is no day's season. */
const seasonKnownMs = 2 * dayMs;
const soonMs = 3 * 3_600_000;

/** A queue without a limit is said to grow when it will be this many times its greatest length. */
const growth = 2;

/** @param horizonMs how far ahead is asked; cut to what the history bears */
export function outlookOf(series: CapacitySeries, horizonMs: number): Outlook | null {
  const { values, startMs, stepMs } = series;
  const known = values.filter(Number.isFinite);
  const nowMs = startMs + values.length * stepMs;
  const now = known.at(-1);
  if (now === undefined || known.length < limits.predict.fewestValues) return null;
  const threshold =
    series.threshold ??
    growth *
      Math.max(
        1,
        known.reduce((most, value) => Math.max(most, value), 0),
      );
  const steps = Math.min(
    limits.predict.capacitySteps,
    // A line through two hours says nothing of next week.
    values.length,
    Math.max(1, Math.ceil(horizonMs / stepMs)),
  );
  const crossed = crossing(forecastSeries(values, { horizon: steps }), threshold, 'above');
  const at = (step: number | null): number | null => (step === null ? null : nowMs + (step - 1) * stepMs);
  const common = {
    kind: series.kind,
    name: series.name,
    title: series.title,
    now,
    threshold,
    horizonMs: nowMs + steps * stepMs,
    knownMs: values.length * stepMs,
  };
  if (now >= threshold) {
    return { ...common, verdict: 'reached', earliestMs: nowMs, likelyMs: nowMs, latestMs: nowMs, probability: 1 };
  }
  const likelyMs = at(crossed.likely);
  const young = common.knownMs < seasonKnownMs && likelyMs !== null && likelyMs - nowMs > soonMs;
  return {
    ...common,
    verdict: young && crossed.kind === 'lasting' ? 'unclear' : crossed.kind,
    earliestMs: at(crossed.earliest),
    likelyMs,
    latestMs: at(crossed.latest),
    probability: crossed.probability,
  };
}

/** The most pressing first: what is reached, then by the likely time, then by probability. */
export function byUrgency(a: Outlook, b: Outlook): number {
  const when = ({ likelyMs, earliestMs }: Outlook): number => likelyMs ?? (earliestMs ?? Number.MAX_VALUE / 4) * 2;
  return when(a) - when(b) || b.probability - a.probability || a.title.localeCompare(b.title);
}
