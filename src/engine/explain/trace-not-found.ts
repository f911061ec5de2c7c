import { Effect } from 'effect';
import { TraceNotFound, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { tracesByPrefixQuery } from '../store/queries.ts';
import { QueryClient } from '../store/query-client.ts';
import { nearestIds } from './nearest-ids.ts';

/** Fails with what helps to find the trace that was meant: ids like it, and the time range of the store. */
export const traceNotFound = Effect.fnUntraced(function* (
  asked: string,
): Effect.fn.Return<never, TraceNotFound | QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const recent = tracesByPrefixQuery('', limits.explain.nearAmong);
  const [ids, [range]] = yield* Effect.all([
    client.rows<{ readonly TraceId: string }>(recent.sql, { parameters: recent.parameters }),
    client.rows<{ readonly traces: string | number; readonly from: string; readonly to: string }>(
      `SELECT count() AS traces, formatDateTime(min(Start), '%FT%TZ', 'UTC') AS from, formatDateTime(max(End), '%FT%TZ', 'UTC') AS to
FROM otel_traces_trace_id_ts`,
    ),
  ]);
  const isEmpty = range === undefined || Number(range.traces) === 0;
  return yield* new TraceNotFound({
    asked,
    near: nearestIds(
      asked,
      ids.map(({ TraceId }) => TraceId),
    ),
    storeFrom: isEmpty ? null : range.from,
    storeTo: isEmpty ? null : range.to,
  });
});
