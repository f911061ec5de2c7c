import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import { QueryClient } from '../../store/query-client.ts';

type Failure = BadInput | QueryFailed | EngineUnavailable;

/** What the analyzer found, as far as a question about it needs. */
export interface FoundTrouble {
  readonly id: string;
  readonly services: readonly string[];
  readonly startMs: number;
  /** Null while it goes on. */
  readonly endMs: number | null;
  readonly summary: string;
}

const kinds = {
  incident: {
    table: 'obs_incidents',
    services: 'Services',
    // One that turned out to be part of an older one keeps nothing but its id: see `mergedInto` of the analyzer.
    into: "if(empty(AnomalyIds), extract(Summary, '^went into ([0-9a-zA-Z-]+),'), '')",
    list: 'obs incidents',
  },
  anomaly: { table: 'obs_anomalies', services: '[ServiceName]', into: "''", list: 'obs anomalies' },
} as const;
export type TroubleKind = keyof typeof kinds;

const named = 5;

interface Row {
  readonly id: string;
  readonly services: readonly string[];
  readonly startMs: number;
  readonly endMs: number | null;
  readonly summary: string;
  readonly into: string;
}

/**
 * The incident or anomaly whose id begins like this, as long as it is one alone. For an incident that went into an older
 * one, that one.
 */
export const findTrouble = Effect.fnUntraced(function* (
  kind: TroubleKind,
  prefix: string,
): Effect.fn.Return<FoundTrouble, Failure, QueryClient> {
  const asked = prefix.trim().toLowerCase();
  const found = asked === '' ? [] : yield* byPrefix(kind, asked);
  const [first, second] = found;
  if (first !== undefined && second === undefined) {
    const [older] = first.into === '' ? [] : yield* byPrefix(kind, first.into);
    return older ?? first;
  }
  const near = first === undefined ? yield* byPrefix(kind, '') : found;
  const { list } = kinds[kind];
  const ids = near.slice(0, named).map(({ id }) => printable(id));
  return yield* new BadInput({
    what: `Cannot explain ${kind} "${printable(prefix)}"`,
    why: first === undefined ? `no ${kind} has an id that begins like this` : 'several ids begin like this',
    hint:
      ids.length === 0
        ? `The store holds none yet: see \`${list}\`, or ask about a time with --since 10m`
        : `${first === undefined ? 'The newest' : 'They'} are ${ids.join(', ')}`,
  });
});

const byPrefix = Effect.fnUntraced(function* (
  kind: TroubleKind,
  prefix: string,
): Effect.fn.Return<readonly (FoundTrouble & Pick<Row, 'into'>)[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { table, services, into } = kinds[kind];
  const rows = yield* client.rows<Row>(
    `SELECT Id AS id, ${services} AS services, toFloat64(toUnixTimestamp64Milli(Start)) AS startMs,
  if(End IS NULL, NULL, toFloat64(toUnixTimestamp64Milli(assumeNotNull(End)))) AS endMs, Summary AS summary, ${into} AS into
FROM ${table} FINAL WHERE startsWith(Id, {prefix:String}) ORDER BY Start DESC, Id LIMIT ${named + 1}`,
    { parameters: { prefix } },
  );
  return rows.map((row) => ({ ...row, services: row.services.filter((service) => service !== '') }));
});
