import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { spanBuckets } from '../../store/queries.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { failedAndFine, slowAndQuick, type Population } from '../attributes/population.ts';
import { splitWithEvidence } from '../attributes/separate.ts';
import type { AttributeSplit } from '../attributes/split.ts';
import { sampleOf } from '../attributes/value-sql.ts';
import type { TraceContext } from '../context.ts';
import type { Missing } from '../explanation.ts';
import { countText } from '../format.ts';
import { compare } from '../history.ts';
import { rowsOf } from '../load/rows-of.ts';
import { missingWhen } from '../missing.ts';
import { isError } from '../span.ts';
import { operationList } from '../sql.ts';
import { at, during, sampledByPrefix } from '../time-sql.ts';
import { requestsRead } from './requests-read.ts';
import { splitsAmong, type ReadRequest } from './request-values.ts';

/** A root operation that fails in more of its calls as a rule is not asked why it failed. */
const usuallyFails = 0.1;
const mostSplits = 3;
/** Slow is what takes longer than p95 and this many times the usual median. */
const slowTimes = 1.5;

/**
 * What slow or failed requests of the trace's root operation have in common, and others of the minutes around it have not.
 * Only where the trace is slow or failed beyond what is usual for its root.
 */
export const separatedRequests = Effect.fnUntraced(function* (
  context: TraceContext,
): Effect.fn.Return<Separated, QueryFailed | EngineUnavailable, QueryClient> {
  const { tree, history, sampled } = context;
  const { service, kind, operation } = tree.root;
  const comparison = compare(tree.root, history);
  if (comparison === undefined || sampled === null) return nothing;
  const { usual } = comparison;
  const failed = isError(tree.root) && usual.errors / usual.calls <= usuallyFails;
  if (!failed && !comparison.isSlow) return nothing;
  const { range, one } = requestsRead(context, sampled);
  const calls = { service, kind, operation, range };
  const slowFromNs = Math.round(Math.max(usual.p95Ms, usual.p50Ms * slowTimes) * 1e6);
  const of = failed ? failedAndFine(calls) : slowAndQuick(calls, slowFromNs);
  const time = `${during(range)}${sampledByPrefix(one)}`;
  const [bad, good] = [cheap(of.bad, one), cheap(of.good, one)];
  const requests = yield* rowsOf<RequestRow, ReadRequest>(
    `SELECT TraceId AS trace, toUInt8(${failed ? `StatusCode = 'Error'` : `Duration > ${slowFromNs}`}) AS is_bad, SpanAttributes AS span, ResourceAttributes AS resource
FROM otel_traces WHERE ${time} AND (ServiceName, SpanKind, SpanName) IN ${operationList([tree.root])}
ORDER BY TraceId, Timestamp, SpanId LIMIT 1 BY TraceId LIMIT ${limits.explain.rootRequests}`,
    ({ trace, is_bad: isBad, span, resource }) => ({ trace, isBad: isBad === 1, span, resource }),
  );
  const reading = { bad, good, alsoSpansOf: [], badOf: sampleOf, goodOf: sampleOf };
  const attributes = yield* Effect.forEach(
    splitsAmong(requests, bad.restates).slice(0, mostSplits),
    (found) => splitWithEvidence(found, reading, { service, operation }),
    { concurrency: 2 },
  );
  const missing = missingWhen(
    one > 1 && attributes.length > 0,
    `Attributes were compared of ${countText(requests.length, 'request')} of the root operation, about one in ${one}.`,
    null,
  );
  return { attributes, missing };
});

interface Separated {
  readonly attributes: readonly AttributeSplit[];
  readonly missing: readonly Missing[];
}

const nothing: Separated = { attributes: [], missing: [] };

interface RequestRow {
  readonly trace: string;
  readonly is_bad: 0 | 1;
  readonly span: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
}

/** Found by the first key of the table, and of a sample of traces. */
const cheap = (population: Population, one: number): Population => ({
  ...population,
  where: `${spanBuckets(at(population.fromMs), at(population.toMs))} AND ${population.where}${sampledByPrefix(one)}`,
});
