import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import type { Horizon } from '../../engine/analyze/predict/forecast-stored.ts';
import { BadInput } from '../../engine/domain/errors.ts';
import { parseDuration } from '../../engine/domain/time-range.ts';
import { numberFlag } from './number-flag.ts';

/** Which series of the store is forecast. */
export const seriesFlags = {
  service: Flags.string({ description: 'a signal of this service, or its metric', helpValue: '<name>' }),
  operation: Flags.string({ description: 'of this operation', helpValue: '<name>', dependsOn: ['service'] }),
  signal: Flags.string({
    description: 'what of the service (default: rate)',
    options: ['rate', 'errors', 'error-rate', 'p50', 'p95', 'p99'],
    dependsOn: ['service'],
    exclusive: ['metric'],
  }),
  metric: Flags.string({ description: 'this metric', helpValue: '<name>' }),
  attr: Flags.string({
    description: 'its points with this attribute',
    multiple: true,
    helpValue: '<key=value>',
    dependsOn: ['metric'],
  }),
  since: Flags.string({
    description: 'how much history is used: a span of time or an ISO 8601 date (default: 14d, or what there is)',
    helpValue: '<14d>',
  }),
};

export interface ForecastFlags {
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly signal?: string | undefined;
  readonly metric?: string | undefined;
  readonly attr?: string[] | undefined;
  readonly since?: string | undefined;
  readonly horizon?: string | undefined;
  readonly coverage: string;
  readonly period?: number | undefined;
  readonly column?: string[] | undefined;
  readonly above?: string | undefined;
  readonly below?: string | undefined;
  readonly backtest: boolean;
  readonly json: boolean;
}

const mostSteps = 100_000;

/** `48` are steps, `6h` is a span of time. */
export function readHorizon(text: string | undefined): Effect.Effect<Horizon | undefined, BadInput> {
  if (text === undefined) return Effect.succeed(undefined);
  const steps = /^\d+$/.test(text) ? Number(text) : null;
  if (steps !== null && steps >= 1 && steps <= mostSteps) return Effect.succeed({ steps });
  const ms = parseDuration(text);
  if (steps === null && ms !== null && ms > 0) return Effect.succeed({ ms });
  return Effect.fail(
    new BadInput({
      what: `Cannot use --horizon ${text}`,
      why: `it is neither a span of time nor a number of steps from 1 to ${mostSteps}`,
      hint: '--horizon 6h',
    }),
  );
}

export const readCoverage = ({ coverage }: ForecastFlags): Effect.Effect<number, BadInput> =>
  numberFlag('--coverage', coverage, (n) => n > 0 && n < 1, 'between 0 and 1');

export const readThreshold = Effect.fnUntraced(function* ({ above, below }: ForecastFlags) {
  const text = above ?? below;
  if (text === undefined) return undefined;
  const flag = above === undefined ? '--below' : '--above';
  const value = yield* numberFlag(flag, text, Number.isFinite, 'a number');
  return { value, direction: above === undefined ? ('below' as const) : ('above' as const) };
});
