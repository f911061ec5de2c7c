import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { OwnEnvironment } from '../context.ts';
import { operationList, second, textList, type OperationKey, type Period } from '../sql.ts';
import { during, oneIn, sampledByPrefix } from '../time-sql.ts';
import type { TraceTree } from '../trace-tree.ts';
import { servicesOf } from '../trace-tree.ts';
import { environmentSql, loadEnvironments } from './load-environments.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

const dayMs = 86_400_000;
/** Raw spans that are read of an environment; of more a sample of traces. */
const mostSpans = 200_000;

/** The environment of a trace whose services run in others too, under the same names; null where there is none, or no single one. */
export const loadOwnEnvironment = (tree: TraceTree, originNs: bigint): Loading<OwnEnvironment | null> =>
  Effect.gen(function* () {
    const toMs = Number(originNs / 1_000_000n);
    const shared = yield* loadEnvironments({ fromMs: toMs - dayMs, toMs }, servicesOf(tree));
    if (shared.size === 0) return null;
    const own = new Set(
      tree.spans
        .filter(({ service }) => shared.has(service))
        .map(({ resource }) => resource['deployment.environment.name'] ?? resource['deployment.environment'] ?? ''),
    );
    const [name, ...more] = own;
    return {
      name: name === undefined || name === '' || more.length > 0 ? null : name,
      services: [...shared.keys()],
      all: [...new Set([...shared.values()].flat())].toSorted(),
    };
  });

/** As `usualSql`, of one environment, from the spans themselves: statistics do not know environments. */
export const usualOfEnvironmentSql = (
  keys: readonly OperationKey[],
  { fromSeconds, toSeconds }: Period,
  environment: string,
  sample: string,
): string => `SELECT ServiceName AS service, SpanKind AS kind, SpanName AS operation, count() AS calls, countIf(StatusCode = 'Error') AS errors,
  arrayMap(ns -> round(ns / 1e6, 3), quantilesDD(0.01, 0.5, 0.95, 0.99)(Duration)) AS p50_p95_p99_ms
FROM otel_traces
WHERE ${during({ fromMs: fromSeconds * 1000, toMs: toSeconds * 1000 })}${sample}
  AND (ServiceName, SpanKind, SpanName) IN ${operationList(keys)}
  AND ${environmentSql} = ${quoteText(environment)}
GROUP BY service, kind, operation ORDER BY service, kind, operation`;

/** Which traces are read, as a condition. */
export const sampleOfEnvironment = (services: readonly string[], { fromSeconds, toSeconds }: Period): Loading<string> =>
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const [row] = yield* client.rows<{ readonly spans: string | number }>(
      `SELECT sum(Calls) AS spans FROM obs_red_service_10s
WHERE Time >= ${second(fromSeconds)} AND Time < ${second(toSeconds)} AND ServiceName IN ${textList(services)}`,
    );
    return sampledByPrefix(oneIn(Number(row?.spans ?? 0), mostSpans));
  });
