import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { isDatabaseCall, type TraceContext } from '../context.ts';
import type { Nearby, Sampled } from '../nearby.ts';
import { duringWait, lookUpsSql, overlappingOf } from '../nearby-sql.ts';
import { quietWaits } from '../quiet-waits.ts';
import type { OperationKey } from '../sql.ts';
import { rootOf } from '../tree-span.ts';
import { rowsOf } from './rows-of.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;
type Around = Pick<TraceContext, 'data' | 'tree' | 'path'>;

const mostLocks = 2;
/** Of several traces the longest of each, up to so many. */
const mostTogether = 4;
const leastStatementNs = 2_000_000;

interface StatementRow extends OperationKey {
  readonly trace: string;
  readonly span: string;
  readonly start: string;
  readonly duration: string | number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/**
 * What ran beside the longest statements on the path, and in services while they waited for what no span tells of;
 * nothing is asked where neither takes time.
 */
export const loadStatements = (context: Around): Loading<Nearby['statements']> => {
  const { data, path, tree } = context;
  const longest = [...path.selfNs]
    .filter(([span, ns]) => isDatabaseCall(span) && ns >= leastStatementNs)
    .sort(([, a], [, b]) => b - a)
    .map(([span]) => span);
  const chosen =
    tree.roots.length === 1
      ? longest.slice(0, mostLocks)
      : [...Map.groupBy(longest, rootOf).values()].flatMap(([first]) => first ?? []).slice(0, mostTogether);
  const slow = chosen.map((span) => overlappingOf(span, { data }));
  const waits = quietWaits(context, tree.roots.length === 1 ? undefined : mostTogether).map((wait) =>
    duringWait(wait, { data }),
  );
  return Effect.map(
    Effect.forEach([...new Set([...slow, ...waits])], (sql) =>
      rowsOf<StatementRow, Nearby['statements'][number]>(
        sql,
        ({ trace, span: spanId, service, kind, operation, start, duration, status, attributes }) => {
          const startNs = Number(BigInt(start) - data.originNs);
          return {
            traceId: trace,
            spanId,
            service,
            kind,
            operation,
            startNs,
            status,
            attributes,
            endNs: startNs + Number(duration),
          };
        },
      ),
    ),
    (lists) => [...new Map(lists.flat().map((one) => [`${one.traceId} ${one.spanId}`, one])).values()],
  );
};

type Counts = Readonly<Record<'recent_calls' | 'recent_misses' | 'usual_calls' | 'usual_misses', string | number>>;

/** How often caches had nothing, of the services in which the trace waited for what no span tells of. */
export const loadLookUps = (sampled: Sampled, context: Around): Loading<Nearby['lookUps']> => {
  const services = [...new Set(quietWaits(context).map(({ span }) => span.service))].toSorted();
  if (services.length === 0) return Effect.succeed([]);
  return rowsOf<OperationKey & Counts, Nearby['lookUps'][number]>(
    lookUpsSql(sampled, services),
    ({ service, kind, operation, ...counts }) => ({
      service,
      kind,
      operation,
      recent: { calls: Number(counts.recent_calls), misses: Number(counts.recent_misses) },
      usual: { calls: Number(counts.usual_calls), misses: Number(counts.usual_misses) },
    }),
  );
};
