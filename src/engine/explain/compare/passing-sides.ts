import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { environmentSql } from '../load/load-environments.ts';
import type { TimeRange } from '../question.ts';
import { countSpans } from '../range/operation-rows.ts';
import { operationList, textList, type OperationKey } from '../sql.ts';
import { during, oneIn, sampled } from '../time-sql.ts';
import { inEnvironment, type PassingSide } from './sides.ts';

/** From this part of its traces on a root operation is one that depends on the service. */
const mostly = 0.5;
const leastTraces = 5;
const mostRoots = 100;

interface Root extends OperationKey {
  readonly before: string | number;
  readonly beforePassing: string | number;
  readonly after: string | number;
  readonly afterPassing: string | number;
}

/**
 * Traces that pass through a service before and after a moment; of root operations most of whose traces do, all: those
 * that fail before they come there must not be missed.
 */
export const passingSides = Effect.fnUntraced(function* (
  service: string,
  environment: string | undefined,
  { before, after }: { readonly before: TimeRange; readonly after: TimeRange },
): Effect.fn.Return<
  {
    readonly bad: PassingSide;
    readonly good: PassingSide;
    readonly before: { readonly where: string; readonly range: TimeRange };
  },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const both = { fromMs: before.fromMs, toMs: after.toMs };
  const seconds = (unixMs: number): number => Math.floor(unixMs / 1000);
  const spans = yield* countSpans({ fromSeconds: seconds(both.fromMs), toSeconds: seconds(both.toMs) + 1 });
  const own = `ServiceName = ${quoteText(service)}${inEnvironment(environment)}`;
  const rows = yield* client.rows<Root>(
    rootsSql(own, environment, before, after, sampled(oneIn(spans, 20 * limits.explain.edgeSpans))),
  );
  const roots = rows.filter(
    (row) =>
      isMostly(Number(row.beforePassing), Number(row.before)) || isMostly(Number(row.afterPassing), Number(row.after)),
  );
  const where = whereOf(own, service, environment, roots, both);
  const moment = `${new Date(after.fromMs).toISOString().slice(0, 19)}Z`;
  const side = (range: TimeRange, when: string): PassingSide => ({
    side: 'passing',
    service,
    range,
    where,
    roots,
    label: `traces through ${printable(service)} ${when} ${moment}`,
  });
  return {
    bad: side(after, 'after'),
    good: side(before, 'before'),
    before: { where: `${during(before)} AND ${where}`, range: before },
  };
});

const isMostly = (passing: number, all: number): boolean => all >= leastTraces && passing >= mostly * all;

/** Roots of another environment have no part in it; those that name none may. */
const rootsIn = (environment: string | undefined): string =>
  environment === undefined ? '' : ` AND ${environmentSql} IN ${textList([environment, ''])}`;

/** How many traces of each root operation there were before and after, and how many of them passed through the service. */
function rootsSql(
  own: string,
  environment: string | undefined,
  before: TimeRange,
  after: TimeRange,
  sample: string,
): string {
  const time = `${during({ fromMs: before.fromMs, toMs: after.toMs })}${sample}`;
  const part = (range: TimeRange, name: string): string =>
    `countIf(${during(range)}) AS ${name}, countIf(${during(range)} AND passes) AS ${name}Passing`;
  return `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, ${part(before, 'before')}, ${part(after, 'after')}
FROM (
  SELECT Timestamp, ServiceName, SpanKind, SpanName,
    TraceId IN (SELECT TraceId FROM otel_traces WHERE ${time} AND ${own}) AS passes
  FROM otel_traces WHERE ${time} AND ParentSpanId = ''${rootsIn(environment)}
)
GROUP BY service, kind, operation HAVING countIf(passes) > 0
ORDER BY countIf(passes) DESC, service, kind, operation LIMIT ${mostRoots}`;
}

/** Spans of the service, and root spans of what depends on it. */
function whereOf(
  own: string,
  service: string,
  environment: string | undefined,
  roots: readonly OperationKey[],
  range: TimeRange,
): string {
  if (roots.length === 0) return own;
  const elsewhere =
    environment === undefined
      ? ''
      : ` AND TraceId NOT IN (SELECT TraceId FROM otel_traces WHERE ${during(range)} AND ServiceName = ${quoteText(service)} AND ${environmentSql} NOT IN ${textList([environment, ''])})`;
  return `((${own}) OR (ParentSpanId = '' AND (ServiceName, SpanKind, SpanName) IN ${operationList(roots)}${rootsIn(environment)}${elsewhere}))`;
}
