import { Context, type Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, QueryRefused } from '../domain/errors.ts';
import type { Parameters } from './store.ts';

/** Values of placeholders; lists for those of type `Array(…)`. */
export type QueryParameters = Readonly<Record<string, Parameters[string] | readonly (string | number)[]>>;

export interface QueryOptions {
  readonly parameters?: QueryParameters;
  readonly settings?: Readonly<Record<string, string | number>>;
}

/**
 * The one way to data for commands, TUI, explain and analyzer: `@clickhouse/client` against a query endpoint, which may
 * be the embedded engine's or a cluster's. 64-bit integers come as strings (JSONEachRow), as ClickHouse sends them.
 */
export class QueryClient extends Context.Service<
  QueryClient,
  {
    /** Base URL of the endpoint. */
    readonly endpoint: string;
    rows<Row>(sql: string, options?: QueryOptions): Effect.Effect<readonly Row[], QueryFailed | EngineUnavailable>;
    /** The answer's bytes in any ClickHouse format, as they arrive. For statements that people write: they may be refused. */
    bytes(
      sql: string,
      format: string,
      options?: QueryOptions,
    ): Effect.Effect<AsyncIterable<Uint8Array>, QueryFailed | QueryRefused | EngineUnavailable>;
  }
>()('obs/store/QueryClient') {}
