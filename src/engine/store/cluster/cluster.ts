import type { Cluster } from '../../domain/cluster.ts';
import { ownTables } from '../../domain/schema/own/own-tables.ts';
import { quoteName, quoteText } from '../sql-text.ts';

/** Rows lie here on each shard; the table without the suffix is the `Distributed` one over all shards. */
const localSuffix = '_local';

export function localName(table: string): string {
  return `${table}${localSuffix}`;
}

/** The table that a local one belongs to: `otel_traces_local` → `otel_traces`. */
export function distributedName(local: string): string {
  return local.endsWith(localSuffix) ? local.slice(0, -localSuffix.length) : local;
}

export function onCluster({ name }: Cluster): string {
  return ` ON CLUSTER ${quoteName(name)}`;
}

/**
 * The shard of a row, from what the row itself says. A replayed segment must fall on the same shards as the first time:
 * each shard drops what it has had by the segment's token, whatever the rows are. With `rand()`, as is usual for logs,
 * a replay after half an insert would lose the rows that moved and double those that stayed.
 */
export function shardKey(table: string): string {
  if (table === 'otel_traces' || table === 'otel_traces_trace_id_ts') return 'cityHash64(TraceId)';
  if (table === 'otel_logs') return 'cityHash64(ServiceName, Timestamp)';
  // Rows that replace each other must lie together.
  const own = ownTables.find(({ name }) => name === table);
  return own === undefined ? 'cityHash64(ServiceName, MetricName, Attributes)' : `cityHash64(${own.orderBy})`;
}

/** The table that clients see. Without a key it is read only: rollups are filled on their shards, by views. */
export function createDistributed(table: string, key: string | undefined, cluster: Cluster): string {
  const parts = [quoteText(cluster.name), 'currentDatabase()', quoteText(localName(table))];
  if (key !== undefined) parts.push(key);
  return `CREATE TABLE IF NOT EXISTS ${table}${onCluster(cluster)} AS ${localName(table)}
ENGINE = Distributed(${parts.join(', ')})`;
}

/**
 * Of a statement that reads: subqueries see the whole cluster and not each shard its own part, and a trace by its id
 * asks one shard.
 */
export const clusterReadSettings = {
  distributed_product_mode: 'global',
  optimize_skip_unused_shards: 1,
} as const;

/** Of an insert: answered when each shard has its rows on a quorum of its replicas, and nothing waits in a server's queue. */
export function clusterInsertSettings({ quorum }: Cluster): Readonly<Record<string, string | number>> {
  return { distributed_foreground_insert: 1, insert_quorum: String(quorum), insert_quorum_parallel: 1 };
}
