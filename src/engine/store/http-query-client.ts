import type { Agent } from 'node:https';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Effect, Layer } from 'effect';
import { EngineUnavailable, QueryFailed, QueryRefused } from '../domain/errors.ts';
import { errorCode } from './guard/error-codes.ts';
import { QueryClient, type QueryOptions, type QueryParameters } from './query-client.ts';

export interface HttpQueryClientOptions {
  /** Base URL of ClickHouse's HTTP interface: obs's own endpoint, or a server. */
  readonly endpoint: string;
  readonly username?: string;
  /** For obs's endpoint: its token. */
  readonly password?: string;
  readonly database?: string;
  /** How connections over TLS are made. */
  readonly agent?: Agent;
}

/** Longer than any query may take there (`limits.query.maxTimeMs`): the endpoint ends queries, not the client. */
const requestTimeoutMs = 310_000;

/** `QueryClient` over `@clickhouse/client`. Interrupting an effect closes its request, which ends the query in the engine. */
export function httpQueryClient(options: HttpQueryClientOptions): Layer.Layer<QueryClient> {
  const { endpoint } = options;
  return Layer.effect(
    QueryClient,
    Effect.gen(function* () {
      const client = yield* Effect.acquireRelease(
        Effect.sync(() => makeClient(options)),
        (opened) => Effect.promise(() => opened.close()),
      );
      const ask = <A>(
        sql: string,
        run: (signal: AbortSignal) => Promise<A>,
      ): Effect.Effect<A, QueryFailed | EngineUnavailable> =>
        Effect.tryPromise({ try: run, catch: (error) => asFailure(error, endpoint, sql) });

      return QueryClient.of({
        endpoint,
        rows: <Row>(sql: string, query: QueryOptions = {}) =>
          ask(sql, async (signal) => {
            const answer = await client.query({
              query: sql,
              format: 'JSONEachRow',
              abort_signal: signal,
              query_params: asQueryParameters(query.parameters),
              clickhouse_settings: { ...quoted, ...query.settings },
            });
            return answer.json<Row>();
          }),
        bytes: (sql, format, query = {}) =>
          Effect.suspend(() => {
            // Not the effect's own signal: it ends with the effect, but the bytes are read after.
            const aborted = new AbortController();
            // As a default, so that a statement may end in `;`, in a comment, or in a FORMAT of its own.
            const settings: Record<string, string | number> = { ...query.settings, default_format: format };
            return ask(sql, async (signal) => {
              signal.addEventListener('abort', () => aborted.abort(), { once: true });
              const answer = await client.exec({
                query: sql,
                abort_signal: aborted.signal,
                query_params: asQueryParameters(query.parameters),
                clickhouse_settings: settings,
              });
              return answer.stream as AsyncIterable<Uint8Array>;
            }).pipe(Effect.mapError(asRefusal));
          }),
      });
    }),
  );
}

/** 64-bit integers as strings, whatever a server's default is: a JavaScript number would round them. */
const quoted = { output_format_json_quote_64bit_integers: 1 } as const;

function makeClient(options: HttpQueryClientOptions): ClickHouseClient {
  return createClient({
    url: options.endpoint,
    application: 'obs',
    request_timeout: requestTimeoutMs,
    // Loopback is faster than gzip.
    compression: { request: false, response: !isLoopback(options.endpoint) },
    // Failures come back as values, and messages are composed in one place.
    log: { level: ClickHouseLogLevel.OFF },
    ...(options.agent === undefined ? {} : { http_agent: options.agent }),
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.password === undefined ? {} : { password: options.password }),
    ...(options.database === undefined ? {} : { database: options.database }),
  });
}

function isLoopback(endpoint: string): boolean {
  const { hostname } = new URL(endpoint);
  return hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
}

function asQueryParameters(parameters: QueryParameters = {}): Record<string, unknown> {
  return { ...parameters };
}

/** The endpoint's answer to what its guard refused, as the refusal that it was; a server's own 497 stays a failure. */
function asRefusal<E>(error: E | QueryFailed): E | QueryFailed | QueryRefused {
  if (!(error instanceof QueryFailed) || error.code !== errorCode.ACCESS_DENIED) return error;
  const reason = /^The query was refused: ([\s\S]*?)\.? \(ACCESS_DENIED\)$/.exec(error.message)?.[1];
  return reason === undefined ? error : new QueryRefused({ reason, sql: error.sql ?? '' });
}

function asFailure(error: unknown, endpoint: string, sql: string): QueryFailed | EngineUnavailable {
  if (error instanceof ClickHouseError) {
    // The client takes the error's name off its message; people search for it.
    const message = `${error.message.trim()} (${error.type ?? 'UNKNOWN'})`;
    return new QueryFailed({ code: Number(error.code), message, sql });
  }
  // What sockets and DNS say, and the client's own timeout: nobody answered.
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return new EngineUnavailable({
    endpoint,
    reason: `${error instanceof Error ? error.message : String(error)}${code}`,
  });
}
