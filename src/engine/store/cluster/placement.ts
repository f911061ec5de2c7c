import { quoteText } from '../sql-text.ts';
import type { Cluster } from '../../domain/cluster.ts';
import { localName, onCluster } from './cluster.ts';

/** Where the rows of a table lie, for statements about tables: DDL, retention, reports. */
export interface Placement {
  /** The table in which the rows of `table` lie. */
  stored(table: string): string;
  /** What stands behind a table's name where the statement is for every server. */
  readonly everywhere: string;
  /** A table of `system`, of every shard once. */
  system(table: string): string;
}

const oneServer: Placement = { stored: (table) => table, everywhere: '', system: (table) => `system.${table}` };

export function placementOf(cluster: Cluster | null): Placement {
  if (cluster === null) return oneServer;
  return {
    stored: localName,
    everywhere: onCluster(cluster),
    system: (table) => `cluster(${quoteText(cluster.name)}, system.${table})`,
  };
}
