import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import type { Prediction } from '../../../domain/prediction.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { forecastSeries } from '../../forecast/forecast.ts';
import { firstCallMs, readGolden, type GoldenSignal } from '../series/golden-signals.ts';
import { closedSteps, fromFirstValue } from '../series/steps.ts';
import { claimId } from './claim-rows.ts';

/** Claims are about windows of ten minutes, as those of `obs_features`. */
export const claimStepMs = 600_000;

/** An hour ahead: the sixth window after the last one that is over. */
const claimAhead = 6;

/**
 * As far as is forecast for it. Errors of the past are judged over the same steps, and 36 of them from each origin know
 * their spread better than six: intervals that held 96 to 100 % so hold 95 to 98 % (docs/prediction.md).
 */
const forecastAhead = 36;

const coverage = 0.95;

/** What is claimed of every service, as features of `obs_features`: calls are those of the window. */
export const claimedFeatures: readonly {
  readonly signal: GoldenSignal;
  readonly feature: string;
  readonly words: string;
  /** What a value of the signal is multiplied by. */
  readonly times: number;
}[] = [
  { signal: 'rate', feature: 'calls', words: 'calls in ten minutes', times: claimStepMs / 1000 },
  { signal: 'error-rate', feature: 'error_rate', words: 'share of errors', times: 1 },
  { signal: 'p95', feature: 'p95_ms', words: 'p95 in ms', times: 1 },
];

/**
 * The interval in which the value of the sixth window from the end of `values` on will lie with 95 %; `null` when too
 * little is known.
 */
export function claimInterval(
  values: Float64Array,
): { readonly low: number; readonly likely: number; readonly high: number } | null {
  const known = values.filter(Number.isFinite).length;
  if (known < limits.predict.claimWindows) return null;
  const forecast = forecastSeries(values, {
    horizon: Math.min(forecastAhead, Math.max(claimAhead, Math.floor(known / 3))),
    coverage,
  });
  const at = claimAhead - 1;
  const [likely, low, high] = [forecast.mean[at]!, forecast.lower[at]!, forecast.upper[at]!];
  const wider = known < dayWindows ? widerWithin : 1;
  const least = values.every((value) => !(value < 0)) ? 0 : Number.NEGATIVE_INFINITY;
  return { likely, low: Math.max(least, likely - wider * (likely - low)), high: likely + wider * (high - likely) };
}

/** Within the first day a season that was not seen yet, or a walk, is not in the errors of the past. */
const dayWindows = 144;
const widerWithin = 1.35;

/** Claims of one service for an hour from now. */
export const intervalClaims = Effect.fnUntraced(function* (
  service: string,
  nowMs: number,
): Effect.fn.Return<readonly Prediction[], QueryFailed | EngineUnavailable, QueryClient> {
  const caller = { service, operation: null };
  const firstMs = yield* firstCallMs(caller, nowMs - limits.predict.claimHistoryMs);
  if (firstMs === null) return [];
  const steps = closedSteps(firstMs, nowMs, claimStepMs);
  const golden = yield* readGolden(caller, steps);
  const claims: Prediction[] = [];
  for (const { signal, feature, words, times } of claimedFeatures) {
    const cut = fromFirstValue(
      golden[signal].map((value) => value * times),
      steps.fromMs,
      steps.stepMs,
    );
    const interval = cut === null ? null : claimInterval(cut.values);
    if (interval === null || !Number.isFinite(interval.likely)) continue;
    const series = { kind: 'service', service, subject: '', feature } as const;
    const atMs = steps.toMs + (claimAhead - 1) * claimStepMs;
    claims.push({
      id: claimId('interval', series, null, atMs),
      madeMs: nowMs,
      series,
      kind: 'interval',
      title: `${words} of ${service}`,
      threshold: null,
      direction: null,
      atMs,
      ...interval,
      earliestMs: null,
      likelyMs: null,
      latestMs: null,
      probability: coverage,
      outcome: 'open',
      markedMs: null,
      actual: null,
    });
    yield* Effect.yieldNow;
  }
  return claims;
});
