import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import { during, inWindows, windowsOf, type Source } from './source.ts';

/** An operation of the time range. */
export interface KnownOperation {
  readonly service: string;
  readonly operation: string;
  readonly spans: number;
  /** Those of them that are calls of the service: see `isCall`. */
  readonly calls: number;
}

/** What names can mean: what the time range has. */
export interface Catalog {
  readonly operations: readonly KnownOperation[];
  /** Services with log records. */
  readonly logging: ReadonlySet<string>;
  /** There are more operations than were looked at. */
  readonly isCut: boolean;
}

/** Of `otel_traces`: what a service was called for, or began by itself; not the calls that it makes. */
export const isCall =
  "(SpanKind IN ('Server', 'Consumer') OR (ParentSpanId = '' AND SpanKind NOT IN ('Client', 'Producer')))";
/** The same of the rollups, which do not know what begins a trace. */
export const isRolledUpCall = "SpanKind IN ('Server', 'Consumer')";

export const loadCatalog = Effect.fnUntraced(function* (
  source: Source,
): Effect.fn.Return<Catalog, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const [operations, services] = yield* Effect.all(
    [
      client.rows<Record<'service' | 'operation' | 'spans' | 'calls', string>>(operationsSql(source)),
      client.rows<{ readonly service: string }>(
        `SELECT DISTINCT ServiceName AS service FROM obs_log_counts_10s
WHERE ${inWindows(windowsOf(source.range, 10))} ORDER BY service LIMIT ${limits.assert.operations}`,
      ),
    ],
    { concurrency: 2 },
  );
  return {
    operations: operations
      .slice(0, limits.assert.operations)
      .map((row) => ({ ...row, spans: Number(row.spans), calls: Number(row.calls) })),
    logging: new Set(services.map(({ service }) => service)),
    isCut: operations.length > limits.assert.operations,
  };
});

function operationsSql(source: Source): string {
  const what =
    source.from === 'spans'
      ? `count() AS spans, countIf${isCall} AS calls
FROM otel_traces WHERE ${during('Timestamp', source.range)}`
      : `sum(Calls) AS spans, sumIf(Calls, ${isRolledUpCall}) AS calls
FROM obs_red_${source.windowSeconds === 10 ? '10s' : '1m'} WHERE ${inWindows(source.period)}`;
  return `SELECT ServiceName AS service, SpanName AS operation, ${what}
GROUP BY service, operation ORDER BY spans DESC, service, operation LIMIT ${limits.assert.operations + 1}`;
}
