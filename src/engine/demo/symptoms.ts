import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { QueryClient } from '../store/query-client.ts';

/** The times of a run, Unix milliseconds. */
export interface RunTimes {
  readonly startedAt: number;
  /** When the fault was turned on. */
  readonly faultAt: number;
  /** Behind the names of the shop's services, where several are open at once. */
  readonly nameSuffix?: string;
}

/** How one kind of customers' requests fared in one part of a run. */
export interface Fared {
  readonly calls: number;
  readonly errors: number;
  readonly meanMs: number;
  readonly p95Ms: number;
}

/** How the requests of customers fared, by operation, before and after the fault was turned on. */
export interface Symptom {
  readonly operation: string;
  readonly before: Fared;
  readonly after: Fared;
}

export interface WorstTrace {
  readonly traceId: string;
  readonly operation: string;
  readonly durationMs: number;
  readonly failed: boolean;
}

const nothing: Fared = { calls: 0, errors: 0, meanMs: 0, p95Ms: 0 };
const isLate = 'Timestamp >= fromUnixTimestamp64Milli({faultAt:Int64})';

/** The shop's requests as its customers saw them: root spans of this run. */
const rootsOfRun = `otel_traces WHERE ServiceName = concat('web', {nameSuffix:String}) AND ParentSpanId = '' AND ResourceAttributes['service.namespace'] = 'shop'
  AND Timestamp >= fromUnixTimestamp64Milli({startedAt:Int64})`;

/** @returns one for each operation that customers called, by name */
export const readSymptoms = Effect.fnUntraced(function* (
  times: RunTimes,
): Effect.fn.Return<readonly Symptom[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Fared & { readonly operation: string; readonly late: number }>(
    `SELECT SpanName AS operation, toUInt8(${isLate}) AS late, toUInt32(count()) AS calls,
  toUInt32(countIf(StatusCode = 'Error')) AS errors, avg(Duration) / 1e6 AS meanMs, quantileExact(0.95)(Duration) / 1e6 AS p95Ms
FROM ${rootsOfRun} GROUP BY operation, late ORDER BY operation, late`,
    { parameters: { nameSuffix: '', ...times } },
  );
  return [...Map.groupBy(rows, ({ operation }) => operation)].map(([operation, parts]) => ({
    operation,
    before: parts.find(({ late }) => late === 0) ?? nothing,
    after: parts.find(({ late }) => late === 1) ?? nothing,
  }));
});

/** Requests of this run that the store knows. */
export const countStored = (symptoms: readonly Symptom[]): number =>
  symptoms.reduce((sum, { before, after }) => sum + before.calls + after.calls, 0);

/** Errors that are worth more attention than slowness: this share of an operation's calls, and thrice what it was. */
const errorsMatterFrom = 0.08;

/**
 * The trace to explain: where an operation began to fail, the slowest of its failed ones; else the slowest of the
 * operation whose mean became the greatest multiple of what it was. `null` when nothing was requested since the fault.
 */
export const findWorstTrace = Effect.fnUntraced(function* (
  symptoms: readonly Symptom[],
  times: RunTimes,
): Effect.fn.Return<WorstTrace | null, QueryFailed | EngineUnavailable, QueryClient> {
  const seen = symptoms.filter(({ after }) => after.calls > 0);
  const failing = greatest(seen.filter(isFailing), ({ after }) => after.errors);
  const worst = failing ?? greatest(seen, slowedBy);
  if (worst === undefined) return null;
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ traceId: string; operation: string; durationMs: number; failed: number }>(
    `SELECT TraceId AS traceId, SpanName AS operation, Duration / 1e6 AS durationMs, toUInt8(StatusCode = 'Error') AS failed
FROM ${rootsOfRun} AND ${isLate} AND SpanName = {operation:String} AND (failed = 1 OR {failing:UInt8} = 0)
ORDER BY durationMs DESC, traceId LIMIT 1`,
    { parameters: { nameSuffix: '', ...times, operation: worst.operation, failing: failing === undefined ? 0 : 1 } },
  );
  return row === undefined ? null : { ...row, failed: row.failed === 1 };
});

/** A rise from 1 ms to 4 ms is noise; added to both sides, this many milliseconds make it so. */
const noiseMs = 10;

/** Of means, for of few calls the p95 is but the one that was unlucky. */
const slowedBy = ({ before, after }: Symptom): number => (after.meanMs + noiseMs) / (before.meanMs + noiseMs);

const errorShare = ({ calls, errors }: Fared): number => (calls === 0 ? 0 : errors / calls);

/** Slower by a third, or failing in 2 % more of its calls. Less is what one minute differs from the next. */
export function isWorse(symptom: Symptom): boolean {
  const { before, after } = symptom;
  if (after.calls === 0) return false;
  return (slowedBy(symptom) >= 4 / 3 && after.p95Ms > before.p95Ms) || errorShare(after) - errorShare(before) >= 0.02;
}

function isFailing({ before, after }: Symptom): boolean {
  const share = errorShare(after);
  return share >= errorsMatterFrom && share > 3 * errorShare(before);
}

function greatest<A>(items: readonly A[], by: (item: A) => number): A | undefined {
  return items.reduce<A | undefined>(
    (best, item) => (best === undefined || by(item) > by(best) ? item : best),
    undefined,
  );
}
