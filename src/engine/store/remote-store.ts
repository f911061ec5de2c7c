import { open, type FileHandle } from 'node:fs/promises';
import { ClickHouseError, ClickHouseLogLevel, createClient, type ClickHouseClient } from '@clickhouse/client';
import { Effect, Layer } from 'effect';
import { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { clickHouseCode, toQueryFailed } from './query-error.ts';
import { insertFromStream, insertSettings } from './segment-insert.ts';
import { quoteText } from './sql-text.ts';
import { Store, type StatementResult } from './store.ts';

export interface RemoteStoreOptions {
  /** `http(s)://host:port` of a ClickHouse server. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly database?: string;
}

type Settings = Readonly<Record<string, string | number>>;

/** Longer than any statement may run (`limits.query.maxTimeMs`): the server ends those itself, with a reason. */
const requestTimeoutMs = 600_000;

/** A ClickHouse server over HTTP. */
export function remoteStore(options: RemoteStoreOptions): Layer.Layer<Store, EngineUnavailable> {
  return Layer.effect(
    Store,
    Effect.gen(function* () {
      const { url } = options;
      const client = yield* Effect.acquireRelease(
        Effect.try({
          try: () =>
            createClient({
              url,
              request_timeout: requestTimeoutMs,
              // What it would write to the console, our errors say.
              log: { level: ClickHouseLogLevel.OFF },
              ...(options.username === undefined ? {} : { username: options.username }),
              ...(options.password === undefined ? {} : { password: options.password }),
              ...(options.database === undefined ? {} : { database: options.database }),
            }),
          catch: (error) => new EngineUnavailable({ endpoint: url, reason: reasonOf(error) }),
        }),
        (client) => Effect.promise(() => client.close()),
      );
      yield* Effect.tryPromise({
        try: async () => {
          // With a query, not `/ping`: that answers without looking at user or database.
          const answer = await client.ping({ select: true });
          if (!answer.success) throw answer.error;
        },
        catch: (error) => new EngineUnavailable({ endpoint: url, reason: reasonOf(error) }),
      });
      const send = (sql: string, settings: Settings, file?: string): Effect.Effect<StatementResult, RemoteFailure> =>
        sendStatement(client, url, sql, settings, file);
      return Store.of({
        kind: 'remote',
        run: (statement) => {
          // Parameters go into the URL as they are: they are already in the form that `param_<name>` takes there.
          const settings: Record<string, string | number> = {
            default_format: statement.format,
            cancel_http_readonly_queries_on_client_close: 1,
            ...statement.settings,
          };
          for (const [name, value] of Object.entries(statement.parameters ?? {})) {
            settings[`param_${name}`] = String(value);
          }
          return send(statement.sql, settings);
        },
        command: (sql) => send(sql, {}).pipe(Effect.asVoid),
        insertSegment: (segment) =>
          send(insertFromStream(segment), insertSettings(segment.id), segment.path).pipe(Effect.asVoid),
      });
    }),
  );
}

type RemoteFailure = QueryFailed | EngineUnavailable;

let lastStatement = 0;

function sendStatement(
  client: ClickHouseClient,
  url: string,
  sql: string,
  settings: Settings,
  file: string | undefined,
): Effect.Effect<StatementResult, RemoteFailure> {
  return Effect.callback<StatementResult, RemoteFailure>((resume, signal) => {
    const queryId = `obs-${process.pid}-${Date.now().toString(36)}-${++lastStatement}`;
    const run = async (): Promise<void> => {
      const started = performance.now();
      let handle: FileHandle | undefined;
      try {
        // Opened first: a stream on a missing file would fail beside the request, where nobody listens.
        handle = file === undefined ? undefined : await open(file);
        const answer = await client.exec({
          query: sql,
          query_id: queryId,
          abort_signal: signal,
          // The whole answer is awaited, so that a failure in its midst is an HTTP status and not a broken body.
          clickhouse_settings: { ...settings, wait_end_of_query: 1 },
          ...(handle === undefined ? {} : { values: handle.createReadStream() }),
        });
        const body = await collect(answer.stream);
        resume(
          Effect.succeed({
            body,
            rowsRead: Number(answer.summary?.read_rows ?? 0),
            bytesRead: Number(answer.summary?.read_bytes ?? 0),
            elapsedMs: performance.now() - started,
          }),
        );
      } catch (error) {
        resume(Effect.fail(remoteFailure(error, url, sql)));
      } finally {
        await handle?.close();
      }
    };
    void run();
    // `signal` closes the connection; a statement that writes goes on without one, hence the kill.
    return Effect.promise(() => kill(client, queryId));
  });
}

async function kill(client: ClickHouseClient, queryId: string): Promise<void> {
  try {
    await client.command({ query: `KILL QUERY WHERE query_id = ${quoteText(queryId)} ASYNC` });
  } catch {
    // Users without the right to kill still have the closed connection.
  }
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** ClickHouse answered with an error, the segment is not there, or nothing answered at all. */
function remoteFailure(error: unknown, endpoint: string, sql: string): RemoteFailure {
  if (error instanceof ClickHouseError) return toQueryFailed(error, sql);
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return new QueryFailed({ code: clickHouseCode.fileDoesNotExist, message: error.message, sql });
  }
  return new EngineUnavailable({ endpoint, reason: reasonOf(error) });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message === '' ? code : error.message;
}
