import { Flags } from '@oclif/core';
import { Effect } from 'effect';
import type { Horizon } from '../../engine/analyze/predict/forecast-stored.ts';
import { BadInput } from '../../engine/domain/errors.ts';
import { parseDuration, parseMoment } from '../../engine/domain/time-range.ts';
import { afterTheBeginning } from './known-range.ts';
import { numberFlag } from './number-flag.ts';

/** Which series of the store is forecast. */
export const seriesFlags = {
  service: Flags.string({ description: 'a signal of this service, or its metric', helpValue: '<name>' }),
  operation: Flags.string({ description: 'of this operation', helpValue: '<name>', dependsOn: ['service'] }),
  signal: Flags.string({
    description: 'what of the service (default: rate)',
    options: ['rate', 'errors', 'error-rate', 'p50', 'p95', 'p99'],
    dependsOn: ['service'],
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
  readonly all?: boolean | undefined;
  readonly predictions?: boolean | undefined;
  readonly service?: string | undefined;
  readonly operation?: string | undefined;
  readonly signal?: string | undefined;
  readonly metric?: string | undefined;
  readonly attr?: string[] | undefined;
  readonly since?: string | undefined;
  readonly horizon?: string | undefined;
  readonly coverage?: string | undefined;
  readonly period?: number | undefined;
  readonly column?: string[] | undefined;
  readonly above?: string | undefined;
  readonly below?: string | undefined;
  readonly backtest?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What is forecast; `predictions`: nothing, earlier claims are listed. */
export type Forecasting = 'series' | 'file' | 'all' | 'predictions';

/** @param isPiped whether standard input is no terminal: then it is a file */
export function forecasting(file: string | undefined, flags: ForecastFlags, isPiped: boolean): Forecasting {
  if (flags.predictions === true) return 'predictions';
  if (flags.all === true) return 'all';
  if (flags.service !== undefined || flags.metric !== undefined) return 'series';
  return file !== undefined || isPiped ? 'file' : 'all';
}

const ofSeries = ['series'] as const;
const ofValues = ['series', 'file'] as const;

/** Where a flag says something; the others do everywhere. */
const places = {
  all: ['all'],
  column: ['file'],
  service: ofSeries,
  operation: ofSeries,
  signal: ofSeries,
  metric: ofSeries,
  attr: ofSeries,
  since: ofSeries,
  above: ofValues,
  below: ofValues,
  backtest: ofValues,
  period: ofValues,
  coverage: ofValues,
  horizon: ['series', 'file', 'all'],
  'exit-code': ['series', 'file', 'all'],
} as const satisfies Readonly<Record<string, readonly Forecasting[]>>;

const placeWords: Readonly<Record<Forecasting, string>> = {
  series: 'a series of the store (--service or --metric)',
  file: 'a file',
  all: 'a look at everything (--all)',
  predictions: '--predictions',
};

const doingWords: Readonly<Record<Forecasting, string>> = {
  series: 'a series of the store is named',
  file: 'a file is read',
  all: 'everything that can be used up is looked at',
  predictions: 'earlier predictions are listed',
};

/** Why flags do not go together; a flag that would be ignored is refused. `undefined`: they do. */
export function misplaced(file: string | undefined, flags: ForecastFlags, what: Forecasting): string | undefined {
  if (file !== undefined && what !== 'file') return `a file is named, but ${doingWords[what]}`;
  if (flags.metric !== undefined && flags.signal !== undefined) return '--signal is of a service, --metric is a metric';
  const given: Readonly<Record<string, unknown>> = { ...flags };
  for (const [flag, fitting] of Object.entries(places)) {
    if (given[flag] === undefined || given[flag] === false) continue;
    const kinds: readonly Forecasting[] = fitting;
    if (kinds.includes(what)) continue;
    return `--${flag} is for ${kinds.map((kind) => placeWords[kind]).join(' or ')}, but ${doingWords[what]}`;
  }
  return undefined;
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

export const readCoverage = ({ coverage = '0.95' }: ForecastFlags): Effect.Effect<number, BadInput> =>
  numberFlag('--coverage', coverage, (n) => n > 0 && n < 1, 'between 0 and 1');

export const readThreshold = Effect.fnUntraced(function* ({ above, below }: ForecastFlags) {
  const text = above ?? below;
  if (text === undefined) return undefined;
  const flag = above === undefined ? '--below' : '--above';
  const value = yield* numberFlag(flag, text, Number.isFinite, 'a number');
  return { value, direction: above === undefined ? ('below' as const) : ('above' as const) };
});

/** `undefined` where none is given. Before 1970 there are no data of anybody. */
export const readSince = Effect.fnUntraced(function* (
  since: string | undefined,
  nowMs: number,
): Effect.fn.Return<number | undefined, BadInput> {
  return since === undefined ? undefined : yield* afterTheBeginning('--since', since, yield* parseMoment(since, nowMs));
});
