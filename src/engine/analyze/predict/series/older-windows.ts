import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { readSeries } from '../../features/read-windows.ts';
import type { Caller, GoldenSignal } from './golden-signals.ts';
import type { Steps } from './steps.ts';

/** A golden signal as a feature of `obs_features`, and what a value of it is to be divided by. */
export const featureOfSignal: Readonly<
  Record<GoldenSignal, { readonly feature: string; readonly perWindow: boolean }>
> = {
  rate: { feature: 'calls', perWindow: true },
  errors: { feature: 'errors', perWindow: true },
  'error-rate': { feature: 'error_rate', perWindow: false },
  p50: { feature: 'p50_ms', perWindow: false },
  p95: { feature: 'p95_ms', perWindow: false },
  p99: { feature: 'p99_ms', perWindow: false },
};

const windowSeconds = 600;
const windowMs = windowSeconds * 1000;

export interface OlderWindows {
  /** Start of the first window with a value; `null`: there is none. */
  readonly firstMs: number | null;
  /** Puts the mean of the windows of each step that begins before `toMs` into its value. Steps shorter than a window stay as they are. */
  fill(values: Float64Array, steps: Steps, toMs: number): void;
}

/** What `obs_features` still has of a signal from before the rollups' retention: windows of ten minutes. */
export const olderWindows = Effect.fnUntraced(function* (
  { service, operation }: Caller,
  signal: GoldenSignal,
  fromMs: number,
  toMs: number,
): Effect.fn.Return<OlderWindows, QueryFailed | EngineUnavailable, QueryClient> {
  const { feature, perWindow } = featureOfSignal[signal];
  const kind = operation === null ? 'service' : 'operation';
  const subject = operation === null ? '' : `Server ${operation}`;
  const series = { kind, service, subject, feature } as const;
  const { startMs, values } = yield* readSeries({ seconds: windowSeconds, series, fromMs, toMs });
  const first = values.findIndex(Number.isFinite);
  return {
    firstMs: first < 0 ? null : startMs + first * windowMs,
    fill: (target, steps, until) => {
      const perStep = steps.stepMs / windowMs;
      if (perStep < 1) return;
      for (let step = 0; step < target.length && steps.fromMs + step * steps.stepMs < until; step++) {
        const at = (steps.fromMs + step * steps.stepMs - startMs) / windowMs;
        const known = values.subarray(Math.max(0, at), Math.max(0, at + perStep)).filter(Number.isFinite);
        if (known.length === 0) continue;
        const mean = known.reduce((sum, value) => sum + value, 0) / known.length;
        target[step] = perWindow ? mean / windowSeconds : mean;
      }
    },
  };
});
