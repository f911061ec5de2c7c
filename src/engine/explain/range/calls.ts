import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import { textList } from '../sql.ts';
import { during, oneIn, sampled } from '../time-sql.ts';
import { sum } from './sums.ts';

/** One service calls another, in the traces that were looked at. */
export interface Call {
  readonly caller: string;
  readonly callee: string;
  readonly calls: number;
}

const mostCalls = 20_000;

/** A service with fewer spans in the sample of all traces has so many traces of its own added, those of the first so many. */
const rare = { spans: 60, traces: 15, services: 400 } as const;

/**
 * Calls between services in a time, from a sample of its traces and some of each service that is rare in it.
 * @param spans how many each service has, about
 */
export const readCalls = Effect.fnUntraced(function* (
  range: TimeRange,
  spans: ReadonlyMap<string, number>,
): Effect.fn.Return<readonly Call[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const one = oneIn(sum([...spans.values()], Number), limits.explain.edgeSpans);
  const of = `FROM otel_traces WHERE ${during(range)}${tracesOf(one, rareIn(spans, one), range)}`;
  const rows = yield* client.rows<{
    readonly caller: string;
    readonly callee: string;
    readonly calls: string | number;
  }>(
    `SELECT parent.ServiceName AS caller, child.ServiceName AS callee, count() AS calls
FROM (SELECT TraceId, SpanId, ParentSpanId, ServiceName ${of} AND ParentSpanId != '' ORDER BY TraceId, SpanId LIMIT ${4 * limits.explain.edgeSpans}) AS child
INNER JOIN (SELECT TraceId, SpanId, ServiceName ${of} ORDER BY TraceId, SpanId LIMIT ${4 * limits.explain.edgeSpans}) AS parent
  ON child.TraceId = parent.TraceId AND child.ParentSpanId = parent.SpanId
WHERE parent.ServiceName != child.ServiceName
GROUP BY caller, callee ORDER BY calls DESC, caller, callee LIMIT ${mostCalls}`,
  );
  return rows.map(({ caller, callee, calls }) => ({ caller, callee, calls: Number(calls) }));
});

const rareIn = (spans: ReadonlyMap<string, number>, one: number): readonly string[] =>
  one === 1
    ? []
    : [...spans]
        .filter(([, count]) => count / one < rare.spans)
        .map(([service]) => service)
        .toSorted()
        .slice(0, rare.services);

function tracesOf(one: number, services: readonly string[], range: TimeRange): string {
  if (services.length === 0) return sampled(one);
  return ` AND (cityHash64(TraceId) % ${one} = 0 OR TraceId IN (
    SELECT TraceId FROM (
      SELECT DISTINCT ServiceName, TraceId FROM otel_traces WHERE ${during(range)} AND ServiceName IN ${textList(services)} AND TraceId != ''
      ORDER BY cityHash64(TraceId), ServiceName LIMIT ${rare.traces} BY ServiceName
    )))`;
}

/** Every service that the given ones depend on, themselves included. */
export const downstreamOf = (services: readonly string[], calls: readonly Call[]): ReadonlySet<string> =>
  reachedFrom(
    services,
    Map.groupBy(calls, ({ caller }) => caller),
  );

function reachedFrom(services: readonly string[], callees: ReadonlyMap<string, readonly Call[]>): ReadonlySet<string> {
  const reached = new Set(services);
  const waiting = [...services];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    for (const { callee } of callees.get(next) ?? []) {
      if (reached.has(callee)) continue;
      reached.add(callee);
      waiting.push(callee);
    }
  }
  return reached;
}

/** Those of the services that no other of them calls, directly or through others: where customers feel it. */
export function outermostOf(services: readonly string[], calls: readonly Call[]): readonly string[] {
  const callees = Map.groupBy(calls, ({ caller }) => caller);
  const below = services.map((service) => reachedFrom([service], callees));
  const outer = services.filter(
    (service, place) => !below.some((reached, other) => other !== place && reached.has(service)),
  );
  // In a circle everybody is called by somebody.
  return outer.length > 0 ? outer : services;
}
