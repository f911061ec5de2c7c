import { Context, type Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import type { TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Cluster } from '../domain/cluster.ts';

/** Values for `{name:Type}` placeholders, bound by ClickHouse, never spliced into SQL. Written as ClickHouse's HTTP interface takes `param_<name>`. */
export type Parameters = Readonly<Record<string, string | number | bigint | boolean>>;

export interface Statement {
  readonly sql: string;
  /** A ClickHouse output format (JSON, JSONEachRow, RowBinary …). */
  readonly format: string;
  readonly parameters?: Parameters;
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Which pool of connections runs it: a long report must not keep the live dashboard waiting. */
  readonly priority?: 'interactive' | 'analytical';
}

export interface StatementResult {
  readonly body: Uint8Array;
  readonly rowsRead: number;
  readonly bytesRead: number;
  readonly elapsedMs: number;
}

/** A segment file as the store takes it; see `spool/`. */
export interface SegmentFile {
  readonly id: string;
  readonly table: TelemetryTableName;
  readonly path: string;
}

/** ClickHouse, embedded or remote: the only thing that runs SQL. Interrupting an effect stops its query in the engine. */
export class Store extends Context.Service<
  Store,
  {
    readonly kind: 'embedded' | 'remote';
    /** Over whose shards the tables lie; `null` where they lie on one server. */
    readonly cluster: Cluster | null;
    run(statement: Statement): Effect.Effect<StatementResult, QueryFailed | EngineUnavailable>;
    /**
     * DDL and maintenance; not reachable from the query endpoint.
     * @param options `insertsWait`: no segment is inserted meanwhile (embedded engine)
     */
    command(
      sql: string,
      options?: { readonly insertsWait?: boolean },
    ): Effect.Effect<void, QueryFailed | EngineUnavailable>;
    /** Inserts a whole segment exactly once: the same id again adds nothing, in tables and rollups alike. */
    insertSegment(segment: SegmentFile): Effect.Effect<void, QueryFailed | EngineUnavailable>;
  }
>()('obs/store/Store') {}
