import { Effect } from 'effect';
import type { CauseInput, Link, MetricSeries } from '../../cause/input.ts';
import { rankCauses } from '../../cause/rank.ts';
import type { RankedEntity } from '../../cause/result.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { second, textList, type Period } from '../sql.ts';
import { downstreamOf, type Call } from './calls.ts';

/** Calls that a service answered in one window of 10 s. */
export interface ServiceWindow {
  readonly service: string;
  /** Unix seconds. */
  readonly time: number;
  readonly calls: number;
  readonly errors: number;
  readonly meanMs: number;
}

const mostWindows = 200_000;
/** So many services have all their windows of half an hour. */
export const mostFollowed = 1000;

/** What others ask of them: server and consumer spans; of services without any, all of theirs. */
const serviceWindowsSql = (
  services: readonly string[],
  { fromSeconds, toSeconds }: Period,
  stepSeconds: number,
): string => {
  const start = `toStartOfInterval(Time, INTERVAL ${stepSeconds} SECOND)`;
  const sum = (column: string): string => `if(asked > 0, sumIf(${column}, isAsked), sum(${column}))`;
  return `SELECT service, toUnixTimestamp(start) AS time, ${sum('Calls')} AS calls, ${sum('Errors')} AS errors,
  round(${sum('DurationSum')} / greatest(1, calls) / 1e6, 3) AS mean_ms
FROM (
  SELECT ServiceName AS service, ${start} AS start, Calls, Errors, DurationSum, SpanKind IN ('Server', 'Consumer') AS isAsked,
    sumIf(Calls, SpanKind IN ('Server', 'Consumer')) OVER (PARTITION BY ServiceName) AS asked
  FROM obs_red_service_10s
  WHERE Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)} AND ServiceName IN ${textList(services)}
)
GROUP BY service, start, asked ORDER BY service, start LIMIT ${mostWindows}`;
};

export const readServiceWindows = Effect.fnUntraced(function* (
  services: readonly string[],
  period: Period | null,
  stepSeconds: number,
): Effect.fn.Return<readonly ServiceWindow[], QueryFailed | EngineUnavailable, QueryClient> {
  if (services.length === 0 || period === null) return [];
  const client = yield* QueryClient;
  const rows = yield* client.rows<Readonly<Record<keyof ServiceWindow | 'mean_ms', string | number>>>(
    serviceWindowsSql(services, period, stepSeconds),
  );
  return rows.map((row) => ({
    service: String(row.service),
    time: Number(row.time),
    calls: Number(row.calls),
    errors: Number(row.errors),
    meanMs: Number(row.mean_ms),
  }));
});

/** What the calls say of who is to blame for the trouble of one service. */
export function followFlow(asked: {
  readonly alarmed: string;
  readonly kind: 'latency' | 'errors';
  readonly atMs: number;
  readonly calls: readonly Call[];
  readonly usual: readonly ServiceWindow[];
  readonly now: readonly ServiceWindow[];
  readonly usualPeriod: Period | null;
  readonly nowPeriod: Period;
  readonly stepSeconds: number;
}): readonly RankedEntity[] {
  const { alarmed, usual, now, usualPeriod, nowPeriod, stepSeconds } = asked;
  const below = downstreamOf([alarmed], asked.calls);
  const calls = asked.calls.filter(({ caller, callee }) => below.has(caller) && below.has(callee));
  const names = [...new Set([alarmed, ...calls.flatMap(({ caller, callee }) => [caller, callee])])];
  const index = new Map(names.map((name, at) => [name, at]));
  const links = calls.map(({ caller, callee }): Link => [index.get(caller)!, index.get(callee)!]);
  const [usualOf, nowOf] = [Map.groupBy(usual, byService), Map.groupBy(now, byService)];
  const series = names.flatMap((name, entity) => {
    const metric = (
      kind: MetricSeries['kind'],
      of: (window: ServiceWindow) => number,
      unlessCalled = 0,
    ): MetricSeries => ({
      entity,
      kind,
      name: `${name} ${kind}`,
      ...(kind === 'errors' ? { unit: 'count' as const } : {}),
      history: onSteps(usualOf.get(name) ?? [], usualPeriod, stepSeconds, of, unlessCalled),
      recent: onSteps(nowOf.get(name) ?? [], nowPeriod, stepSeconds, of, unlessCalled),
    });
    return [
      metric('latency', ({ meanMs }) => meanMs, Number.NaN),
      metric('errors', ({ errors }) => errors),
      metric('requests', ({ calls: count }) => count),
    ];
  });
  const rows = Math.max(0, Math.ceil((nowPeriod.toSeconds - nowPeriod.fromSeconds) / stepSeconds));
  const input: CauseInput = {
    entities: names.map((name) => ({ name, kind: 'service' })),
    calls: links,
    metrics: {
      recentMs: Float64Array.from({ length: rows }, (_, row) => (nowPeriod.fromSeconds + row * stepSeconds) * 1000),
      series,
    },
    alarm: { entity: index.get(alarmed)!, kind: asked.kind },
    alarmAt: asked.atMs,
  };
  const ranking = rankCauses(input);
  return ranking.method === 'calls' ? ranking.entities : [];
}

const byService = ({ service }: ServiceWindow): string => service;

/** One value a step of the period, `unlessCalled` where nothing was called. */
function onSteps(
  windows: readonly ServiceWindow[],
  period: Period | null,
  stepSeconds: number,
  of: (window: ServiceWindow) => number,
  unlessCalled: number,
): Float64Array {
  if (period === null) return new Float64Array();
  const steps = Math.max(0, Math.ceil((period.toSeconds - period.fromSeconds) / stepSeconds));
  const values = new Float64Array(steps).fill(unlessCalled);
  for (const window of windows) {
    const step = Math.floor((window.time - period.fromSeconds) / stepSeconds);
    if (step >= 0 && step < steps) values[step] = of(window);
  }
  return values;
}
