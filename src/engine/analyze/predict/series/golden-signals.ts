import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { onSteps, type Steps } from './steps.ts';

/** What `--signal` takes. `rate` and `errors` are a second, quantiles are milliseconds, `error-rate` is a share of 1. */
export const goldenSignals = ['rate', 'errors', 'error-rate', 'p50', 'p95', 'p99'] as const;
export type GoldenSignal = (typeof goldenSignals)[number];

export const signalUnits: Readonly<Record<GoldenSignal, string>> = {
  rate: 'calls/s',
  errors: 'errors/s',
  'error-rate': 'share of calls',
  p50: 'ms',
  p95: 'ms',
  p99: 'ms',
};

/** Whose calls: those that a service answers (Server, Consumer), or where it has none of these, its own operations. */
export interface Caller {
  readonly service: string;
  readonly operation: string | null;
}

export type GoldenSeries = Readonly<Record<GoldenSignal, Float64Array>>;

interface Row {
  readonly t: number;
  readonly calls: string;
  readonly errors: string;
  readonly q: readonly number[];
}

/** The rollup that has these calls, and a condition for them. Parameters: `service`, `operation`, `from`, `to`. */
export function callsOf({ operation }: Caller, stepMs: number): { readonly table: string; readonly where: string } {
  const seconds = stepMs < 60_000 ? '10s' : '1m';
  const table = operation === null ? `obs_red_service_${seconds}` : `obs_red_${seconds}`;
  const range = 'Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})';
  const mine = `ServiceName = {service:String}${operation === null ? '' : ' AND SpanName = {operation:String}'}`;
  const answers = "SpanKind IN ('Server', 'Consumer')";
  return {
    table,
    where: `${mine} AND ${range} AND if((SELECT countIf(${answers}) FROM ${table} WHERE ${mine} AND ${range}) > 0,
    ${answers}, SpanKind NOT IN ('Client', 'Producer'))`,
  };
}

/**
 * All golden signals of one service or operation, from the rollups. A step without a call has rate 0 and no quantiles; a
 * step in which nothing at all came from anybody is missing.
 */
export const readGolden = Effect.fnUntraced(function* (
  caller: Caller,
  steps: Steps,
): Effect.fn.Return<GoldenSeries, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { table, where } = callsOf(caller, steps.stepMs);
  const parameters = {
    service: caller.service,
    operation: caller.operation ?? '',
    from: steps.fromMs / 1000,
    to: steps.toMs / 1000,
    step: steps.stepMs / 1000,
  };
  const rows = yield* client.rows<Row>(
    `SELECT toUInt32(intDiv(toUnixTimestamp(Time), {step:UInt32}) * {step:UInt32}) AS t, sum(Calls) AS calls, sum(Errors) AS errors,
  quantilesDDMerge(0.01, 0.5, 0.95, 0.99)(DurationQuantiles) AS q
FROM ${table} WHERE ${where} GROUP BY t`,
    { parameters },
  );
  const seen = yield* client.rows<{ readonly t: number }>(
    `SELECT DISTINCT toUInt32(intDiv(toUnixTimestamp(Time), {step:UInt32}) * {step:UInt32}) AS t
FROM obs_red_service_${steps.stepMs < 60_000 ? '10s' : '1m'}
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})`,
    { parameters },
  );
  return goldenOf(rows, seen, steps);
});

function goldenOf(rows: readonly Row[], seen: readonly { readonly t: number }[], steps: Steps): GoldenSeries {
  const seconds = steps.stepMs / 1000;
  const first = rows.reduce((least, { t }) => Math.min(least, t), Number.POSITIVE_INFINITY);
  const counted = (count: (row: Row) => string): Float64Array =>
    onSteps(steps, [
      ...seen.filter(({ t }) => t >= first).map(({ t }) => [t, 0] as const),
      ...rows.map((row) => [row.t, Number(count(row)) / seconds] as const),
    ]);
  const quantile = (index: number): Float64Array =>
    onSteps(
      steps,
      rows.map(({ t, q }) => [t, (q[index] ?? Number.NaN) / 1e6] as const),
    );
  return {
    rate: counted(({ calls }) => calls),
    errors: counted(({ errors }) => errors),
    'error-rate': onSteps(
      steps,
      rows.map(({ t, calls, errors }) => [t, Number(errors) / Number(calls)] as const),
    ),
    p50: quantile(0),
    p95: quantile(1),
    p99: quantile(2),
  };
}

/** From when on there are calls of a service, or one operation; `null` where there are none. */
export const firstCallMs = Effect.fnUntraced(function* (
  { service, operation }: Caller,
  sinceMs: number,
): Effect.fn.Return<number | null, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ readonly first: number; readonly n: string }>(
    `SELECT toUnixTimestamp(min(Time)) AS first, count() AS n
FROM ${operation === null ? 'obs_red_service_10s' : 'obs_red_10s'}
WHERE ServiceName = {service:String} AND Time >= toDateTime({from:UInt32})${operation === null ? '' : ' AND SpanName = {operation:String}'}`,
    { parameters: { service, operation: operation ?? '', from: Math.max(0, Math.floor(sinceMs / 1000)) } },
  );
  const [row] = rows;
  return row === undefined || Number(row.n) === 0 ? null : row.first * 1000;
});

/** Services of the range, the busiest first. */
export const busiestServices = Effect.fnUntraced(function* (
  fromMs: number,
  toMs: number,
  most: number,
): Effect.fn.Return<readonly string[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<{ readonly service: string }>(
    `SELECT ServiceName AS service FROM obs_red_service_1m
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32}) AND ServiceName != ''
GROUP BY service ORDER BY sum(Calls) DESC, service LIMIT {most:UInt32}`,
    { parameters: { from: Math.floor(fromMs / 1000), to: Math.ceil(toMs / 1000), most } },
  );
  return rows.map(({ service }) => service);
});
