/** The ClickHouse cluster that obs lays its tables over, as the configuration names it. */
export interface Cluster {
  /** As in the servers' `remote_servers`. */
  readonly name: string;
  /** A storage policy of the servers' with a volume `cold`, for parts older than `afterDays`. */
  readonly cold?: { readonly storagePolicy: string; readonly afterDays: number };
  /** Replicas that must have an insert before it counts: a number, or `auto` for the majority. */
  readonly quorum: number | 'auto';
}
