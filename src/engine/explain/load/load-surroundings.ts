import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { CallRate, MetricSeries, OwnEnvironment, Surroundings, VersionStats } from '../context.ts';
import type { CriticalPath } from '../critical-path.ts';
import { errorOrigins } from '../errors.ts';
import { comparedPeriods, endOf, untilFor, windowAt } from '../times.ts';
import type { Nearby } from '../nearby.ts';
import { loadNearby } from './load-nearby.ts';
import { loadOwnEnvironment, sampleOfEnvironment, usualOfEnvironmentSql } from './own-environment.ts';
import { historyFrom, type History } from '../history.ts';
import { coarsened, memorySql, poolsSql, type MetricRow } from '../metric-sql.ts';
import type { Usual } from '../explanation.ts';
import { findOnset, type Window } from '../onset.ts';
import type { TraceData } from '../span.ts';
import { callRatesSql, keyOf, usualSql, windowsSql, type OperationKey, type Period } from '../sql.ts';
import { servicesOf, type TraceTree } from '../trace-tree.ts';
import { silentPeers } from '../arriving.ts';
import { entryOperations, seenVersionsSql, versionsSql } from '../version-sql.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

/** How far back a rise is looked for, and for how many of the operations that matter most. */
const onsetSeconds = 1800;
const onsetOperations = 24;

/** What surrounds a trace: history of its operations, versions, memory and pools of its services. */
export const loadSurroundings = Effect.fnUntraced(function* (
  data: TraceData,
  tree: TraceTree,
  path: CriticalPath,
): Effect.fn.Return<Surroundings, QueryFailed | EngineUnavailable, QueryClient> {
  const endNs = endOf({ data, tree });
  const untilNs = untilFor(endNs, BigInt(yield* Clock.currentTimeMillis) * 1_000_000n);
  const operations = operationsOf(tree, path);
  const services = servicesOf(tree);
  const [history, versions, memory, pools] = yield* Effect.all(
    [
      loadHistory(data, tree, path, operations, untilNs),
      loadVersions(tree, services, untilNs),
      Effect.map(loadMetrics(memorySql(services, endNs)), (all) =>
        all.map((series) => ({ ...series, points: coarsened(series.points) })),
      ),
      loadMetrics(poolsSql(services, data.originNs, endNs)),
    ],
    { concurrency: 4 },
  );
  return { ...history, ...versions, untilNs, memory, pools };
});

/** Distinct operations, those with most time on the path first. */
function operationsOf(tree: TraceTree, path: CriticalPath): readonly OperationKey[] {
  const byKey = new Map<string, { key: OperationKey; ns: number }>();
  for (const span of tree.spans) {
    if (span.synthetic) continue;
    const { service, kind, operation } = span;
    const known = byKey.get(keyOf(span)) ?? { key: { service, kind, operation }, ns: -1 };
    known.ns = Math.max(known.ns, 0) + (path.selfNs.get(span) ?? -1e-9);
    byKey.set(keyOf(span), known);
  }
  return [...byKey.values()]
    .sort((a, b) => b.ns - a.ns || (keyOf(a.key) < keyOf(b.key) ? -1 : 1))
    .slice(0, limits.explain.operations)
    .map(({ key }) => key);
}

const loadHistory = Effect.fnUntraced(function* (
  data: TraceData,
  tree: TraceTree,
  path: CriticalPath,
  operations: readonly OperationKey[],
  untilNs: bigint,
): Effect.fn.Return<
  Pick<Surroundings, 'history' | 'onset' | 'windows' | 'callRates' | 'environment' | keyof Nearby>,
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const client = yield* QueryClient;
  const windowEnd = windowAt(data.originNs);
  const telling = [tree.root, ...errorOrigins(tree).slice(0, 5)].map(({ service, kind, operation }) => ({
    service,
    kind,
    operation,
  }));
  const looked = [
    ...new Map([...telling, ...operations.slice(0, onsetOperations)].map((key) => [keyOf(key), key])).values(),
  ];
  const [windowRows, environment] = yield* Effect.all(
    [
      client.rows<Readonly<Record<string, string | number>>>(
        // The trace's own window, and those after it, count for what goes on, not for what is usual.
        windowsSql(looked, {
          fromSeconds: windowEnd - onsetSeconds,
          toSeconds: Math.max(windowEnd + 10, windowAt(untilNs)),
        }),
      ),
      loadOwnEnvironment(tree, data.originNs),
    ],
    { concurrency: 2 },
  );
  const windows = windowRows.map(windowOf);
  const onset = findOnset(windows, windowEnd);
  const toSeconds = onset === null ? windowEnd : Math.min(onset.time, windowEnd);
  const day = { fromSeconds: Math.floor(windowEnd / 60) * 60 - limits.explain.historyMs / 1000, toSeconds };
  const [history, { callRates, nearby }] = yield* Effect.all(
    [
      Effect.gen(function* () {
        const longer = yield* loadUsual(operations, day);
        const near = { fromSeconds: onset?.calmSince ?? toSeconds - onsetSeconds, toSeconds };
        const history =
          onset === null || onset.calmSince === null ? longer : yield* loadUsual(operations, near, longer);
        return yield* usualInEnvironment(looked, near, environment, history);
      }),
      Effect.gen(function* () {
        const { usual, recent } = comparedPeriods({ data, onset, untilNs, windows });
        const rows = yield* client.rows<CallRateRow>(
          callRatesSql([...new Set([...servicesOf(tree), ...silentPeers(tree)])], usual, recent),
        );
        const callRates = rows.map(callRateOf);
        return { callRates, nearby: yield* loadNearby({ data, tree, path, onset, untilNs, windows, callRates }) };
      }),
    ],
    { concurrency: 2 },
  );
  return { history, onset, windows, callRates, environment, ...nearby };
});

/** What is usual in the trace's own environment, where its services run in others too under the same names. */
const usualInEnvironment = Effect.fnUntraced(function* (
  operations: readonly OperationKey[],
  period: Period,
  environment: OwnEnvironment | null,
  ofAll: History,
): Effect.fn.Return<History, QueryFailed | EngineUnavailable, QueryClient> {
  const own = operations.filter(({ service }) => environment?.services.includes(service));
  if (environment === null || environment.name === null || own.length === 0) return ofAll;
  const { name, services } = environment;
  const sample = yield* sampleOfEnvironment(services, period);
  const statement = (keys: readonly OperationKey[]): string => usualOfEnvironmentSql(keys, period, name, sample);
  const client = yield* QueryClient;
  const rows = yield* client.rows<UsualRow>(statement(own));
  return historyFrom(rows.map(usualOf), period, ofAll, statement);
});

const loadUsual = Effect.fnUntraced(function* (
  operations: readonly OperationKey[],
  period: Period,
  longer?: History,
): Effect.fn.Return<History, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<UsualRow>(usualSql(operations, period));
  return historyFrom(rows.map(usualOf), period, longer);
});

interface CallRateRow extends OperationKey {
  readonly recent_calls: string | number;
  readonly usual_calls: string | number;
}

const callRateOf = ({ service, kind, operation, recent_calls, usual_calls }: CallRateRow): CallRate => ({
  service,
  kind,
  operation,
  recentCalls: Number(recent_calls),
  usualCalls: Number(usual_calls),
});

interface UsualRow extends OperationKey {
  readonly calls: string | number;
  readonly errors: string | number;
  readonly p50_p95_p99_ms: readonly (string | number | undefined)[];
}

const usualOf = ({
  service,
  kind,
  operation,
  calls,
  errors,
  p50_p95_p99_ms: [p50, p95, p99],
}: UsualRow): OperationKey & { readonly usual: Usual } => ({
  service,
  kind,
  operation,
  usual: {
    calls: Number(calls),
    errors: Number(errors),
    p50Ms: Number(p50),
    p95Ms: Number(p95),
    p99Ms: Number(p99),
  },
});

function windowOf(row: Readonly<Record<string, string | number>>): Window {
  return {
    service: String(row['service']),
    kind: String(row['kind']),
    operation: String(row['operation']),
    time: Date.parse(String(row['time'])) / 1000,
    calls: Number(row['calls']),
    errors: Number(row['errors']),
    meanMs: Number(row['mean_ms']),
  };
}

interface VersionRow {
  readonly service: string;
  readonly version: string;
  readonly first_seen_ms: string | number;
  readonly calls: string | number;
  readonly errors: string | number;
  readonly p50_p95_ms: readonly (string | number)[];
}

/** Spans are only read for services that ran more than one version. */
function loadVersions(
  tree: TraceTree,
  services: readonly string[],
  endNs: bigint,
): Loading<{ readonly versions: readonly VersionStats[]; readonly severalVersions: readonly string[] }> {
  return Effect.gen(function* () {
    const client = yield* QueryClient;
    const seen = yield* client.rows<{ readonly service: string }>(seenVersionsSql(services, endNs));
    const severalVersions = seen.map(({ service }) => service);
    const operations = entryOperations(tree, severalVersions);
    if (operations.length === 0) return { versions: [], severalVersions };
    const rows = yield* client.rows<VersionRow>(versionsSql(operations, endNs));
    const versions = rows.map((row) => ({
      service: row.service,
      version: row.version,
      firstSeenMs: Number(row.first_seen_ms),
      calls: Number(row.calls),
      errors: Number(row.errors),
      p50Ms: Number(row.p50_p95_ms[0] ?? 0),
      p95Ms: Number(row.p50_p95_ms[1] ?? 0),
    }));
    return { versions, severalVersions };
  });
}

function loadMetrics(sql: string): Loading<readonly MetricSeries[]> {
  return Effect.gen(function* () {
    const client = yield* QueryClient;
    const rows = yield* client.rows<MetricRow>(sql);
    const bySeries = Map.groupBy(rows, (row) => [row.service, row.instance, row.metric, row.stream].join('\u0000'));
    return [...bySeries.values()].map((same) => {
      const { service, instance, metric, stream } = same[0]!;
      const points = same.map(({ time, value }) => ({ time: Number(time), value: Number(value) }));
      return { service, instance, metric, stream, points };
    });
  });
}
