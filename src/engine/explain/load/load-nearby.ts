import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { TraceContext } from '../context.ts';
import type { CallStats, Nearby, Sampled } from '../nearby.ts';
import { instancesSql, logIdsSql, sizesSql, spanCountSql, startsSql, valuesSql } from '../nearby-sql.ts';
import { runtimeSeries, runtimeSql, runtimeWanted, type RuntimeRow } from '../runtime-sql.ts';
import { rowsOf } from './rows-of.ts';
import { loadLookUps, loadStatements } from './load-statements.ts';
import { keyOf, type OperationKey } from '../sql.ts';
import { comparedPeriods } from '../times.ts';
import { servicesOf } from '../trace-tree.ts';
import { rootOf, type TreeSpan } from '../tree-span.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;
type Around = Pick<TraceContext, 'data' | 'tree' | 'path' | 'onset' | 'untilNs' | 'windows' | 'callRates'>;

/** Raw spans that are read at most: for columns that all have, and for attributes, which cost more. */
const mostSpans = 100_000;
const mostAttributeSpans = 5000;
/** Operations with most time on the path that are looked at closely, with those above them; of several traces more. */
const most = {
  ofOne: { operations: 3, withCallers: 8 },
  ofSeveral: { operations: 8, withCallers: 20 },
} as const;
const usualSeconds = 120;

/** What was measured around a trace: processes, attribute values, sizes, runtimes. Bounded, whatever the store holds. */
export const loadNearby = Effect.fnUntraced(function* (
  context: Around,
): Effect.fn.Return<Nearby, QueryFailed | EngineUnavailable, QueryClient> {
  const services = servicesOf(context.tree);
  const { usual, recent } = comparedPeriods(context);
  const operations = closeOperations(context);
  const sampled = yield* boundsOf(context, operations, {
    operations,
    usualFrom: Math.max(usual.fromSeconds, usual.toSeconds - usualSeconds),
    usualTo: usual.toSeconds,
    recentFrom: recent.fromSeconds,
    recentTo: recent.toSeconds,
    spans: 0,
    instancesBelow: '',
    attributesBelow: '',
  });
  const [instances, values, sizes, starts, runtime, logIds, statements, lookUps] = yield* Effect.all(
    [
      loadInstances(sampled),
      loadValues(sampled),
      loadSizes(sampled),
      loadStarts(services, context.untilNs),
      loadRuntime(context),
      loadLogIds(services, context),
      loadStatements(context),
      loadLookUps(sampled, context),
    ],
    { concurrency: 4 },
  );
  return { instances, values, sizes, starts, runtime, logIds, statements, lookUps, sampled };
});

/** The operations with most time of their own on the path, of each trace in turn, then those that called them, up to the root. */
function closeOperations({ tree, path }: Around): readonly OperationKey[] {
  const { operations, withCallers } = tree.roots.length === 1 ? most.ofOne : most.ofSeveral;
  const longest = [...path.selfNs]
    .filter(([span]) => !span.synthetic)
    .sort(([, a], [, b]) => b - a)
    .map(([span]) => span);
  const byRoot = [...Map.groupBy(longest, rootOf).values()].map(firstOfEach);
  const chosen = new Map<string, TreeSpan>();
  for (let turn = 0; turn < operations; turn++) {
    for (const own of byRoot) {
      const span = own[turn];
      if (span !== undefined && chosen.size < operations && !chosen.has(keyOf(span))) chosen.set(keyOf(span), span);
    }
  }
  const slowest = [...chosen.values()];
  for (const span of slowest) {
    for (const child of span.children) {
      if (child.service !== span.service && path.selfNs.has(child) && chosen.size < withCallers)
        chosen.set(keyOf(child), child);
    }
    for (let up = span.parent; up !== null && chosen.size < withCallers; up = up.parent) {
      if (!up.synthetic) chosen.set(keyOf(up), up);
    }
  }
  chosen.set(keyOf(tree.root), tree.root);
  return [...chosen.values()]
    .filter(({ synthetic }) => !synthetic)
    .map(({ service, kind, operation }) => ({ service, kind, operation }));
}

function firstOfEach(spans: readonly TreeSpan[]): readonly TreeSpan[] {
  const first = new Map<string, TreeSpan>();
  for (const span of spans) if (!first.has(keyOf(span))) first.set(keyOf(span), span);
  return [...first.values()];
}

/** By trace id, which is random and what spans lie in the order of: whole traces, and only what is read of the store. */
function boundsOf(context: Around, operations: readonly OperationKey[], sampled: Sampled): Loading<Sampled> {
  return Effect.gen(function* () {
    const client = yield* QueryClient;
    const [row] = yield* client.rows<{ readonly spans: string | number | null }>(spanCountSql(sampled));
    const spans = Number(row?.spans ?? 0);
    const part = mostSpans / Math.max(1, spans);
    const wanted = new Set(operations.map(keyOf));
    const { recentFrom, recentTo, usualFrom, usualTo } = sampled;
    const longer = (recentTo - recentFrom + usualTo - usualFrom) / Math.max(1, recentTo - recentFrom);
    const calls = context.callRates
      .filter((rate) => wanted.has(keyOf(rate)))
      .reduce((sum, { recentCalls }) => sum + recentCalls * longer, 0);
    return {
      ...sampled,
      spans,
      instancesBelow: belowFor(part),
      attributesBelow: belowFor(Math.min(part, mostAttributeSpans / Math.max(1, calls))),
    };
  });
}

/** The first four hex digits of a trace id that this part of all ids lies below; empty when it is all of them. */
function belowFor(part: number): string {
  if (part >= 1) return '';
  return Math.max(1, Math.round(part * 0x10000))
    .toString(16)
    .padStart(4, '0');
}

type Cell = string | number;
interface StatsRow extends OperationKey {
  readonly recent_calls: Cell;
  readonly recent_errors: Cell;
  readonly recent_p50_p95_ms: readonly Cell[];
  readonly usual_calls: Cell;
  readonly usual_errors: Cell;
  readonly usual_p50_p95_ms: readonly Cell[];
}

const stats = (calls: Cell, errors: Cell, [p50, p95]: readonly Cell[]): CallStats => ({
  calls: Number(calls),
  errors: Number(errors),
  p50Ms: Number(p50 ?? 0),
  p95Ms: Number(p95 ?? 0),
});
const recentOf = (row: StatsRow): CallStats => stats(row.recent_calls, row.recent_errors, row.recent_p50_p95_ms);
const usualOf = (row: StatsRow): CallStats => stats(row.usual_calls, row.usual_errors, row.usual_p50_p95_ms);

const loadInstances = (sampled: Sampled): Loading<Nearby['instances']> =>
  rowsOf<
    StatsRow & { readonly instance: string; readonly host: string; readonly version: string },
    Nearby['instances'][number]
  >(instancesSql(sampled, sampled.operations), (row) => {
    const { service, kind, operation, instance, host, version } = row;
    return { service, kind, operation, instance, host, version, recent: recentOf(row), usual: usualOf(row) };
  });

const loadValues = (sampled: Sampled): Loading<Nearby['values']> =>
  rowsOf<
    StatsRow & {
      readonly key: string;
      readonly value: string;
      readonly recent_calls_of_all: Cell;
      readonly usual_calls_of_all: Cell;
    },
    Nearby['values'][number]
  >(valuesSql(sampled, sampled.operations), (row) => {
    const { service, kind, operation, key, value } = row;
    return {
      service,
      kind,
      operation,
      key,
      value,
      recent: recentOf(row),
      usual: usualOf(row),
      recentCallsOfAll: Number(row.recent_calls_of_all),
      usualCallsOfAll: Number(row.usual_calls_of_all),
    };
  });

interface SizeRow extends OperationKey {
  readonly key: string;
  readonly recent_calls: Cell;
  readonly recent_p50_p95: readonly Cell[];
  readonly usual_calls: Cell;
  readonly usual_p50_p95: readonly Cell[];
}

const loadSizes = (sampled: Sampled): Loading<Nearby['sizes']> =>
  rowsOf<SizeRow, Nearby['sizes'][number]>(sizesSql(sampled, sampled.operations), (row) => {
    const quantiles = (calls: Cell, [p50, p95]: readonly Cell[]) => ({
      calls: Number(calls),
      p50: Number(p50 ?? 0),
      p95: Number(p95 ?? 0),
    });
    const { service, kind, operation, key } = row;
    return {
      service,
      kind,
      operation,
      key,
      recent: quantiles(row.recent_calls, row.recent_p50_p95),
      usual: quantiles(row.usual_calls, row.usual_p50_p95),
    };
  });

const loadStarts = (services: readonly string[], untilNs: bigint): Loading<Nearby['starts']> =>
  rowsOf<
    { readonly service: string; readonly instance: string; readonly first_seen_ms: Cell },
    Nearby['starts'][number]
  >(startsSql(services, untilNs), ({ service, instance, first_seen_ms }) => ({
    service,
    instance,
    firstSeenMs: Number(first_seen_ms),
  }));

const loadRuntime = (context: Around): Loading<Nearby['runtime']> =>
  Effect.map(
    rowsOf<RuntimeRow, RuntimeRow>(runtimeSql(runtimeWanted(context)), (row) => row),
    runtimeSeries,
  );

const loadLogIds = (services: readonly string[], { data, untilNs }: Around): Loading<Nearby['logIds']> =>
  rowsOf<{ readonly service: string; readonly records: Cell; readonly with_trace: Cell }, Nearby['logIds'][number]>(
    logIdsSql(services, data.originNs - 60_000_000_000n, untilNs),
    ({ service, records, with_trace }) => ({ service, records: Number(records), withTrace: Number(with_trace) }),
  );
