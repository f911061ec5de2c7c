import { open, type FileHandle } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { constants, createGzip, createZstdCompress } from 'node:zlib';
import { ClickHouseError, type ClickHouseClient } from '@clickhouse/client';
import { Effect } from 'effect';
import { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { clickHouseCode, toQueryFailed } from '../query-error.ts';
import { quoteText } from '../sql-text.ts';
import type { StatementResult } from '../store.ts';

export type RemoteFailure = QueryFailed | EngineUnavailable;

/** How the bodies of inserts travel. LZ4, ClickHouse's own favourite, is not in Node. */
export type BodyCompression = 'zstd' | 'gzip' | 'none';

export interface RemoteStatement {
  readonly sql: string;
  readonly settings: Readonly<Record<string, string | number>>;
  /** A file whose bytes are the statement's data. */
  readonly file?: string;
}

/** Who interrupts a statement waits for its kill: not for long where the server is silent. */
const killPatienceMs = 5000;
let lastStatement = 0;

/** One statement to one server, whole: its answer, or why there is none. Interrupting it stops it on the server. */
export function sendStatement(
  client: ClickHouseClient,
  endpoint: string,
  { sql, settings, file }: RemoteStatement,
  compression: BodyCompression,
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
          ...(handle === undefined
            ? {}
            : {
                values: compressed(handle.createReadStream(), compression),
                http_headers: compression === 'none' ? {} : { 'Content-Encoding': compression },
              }),
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
        resume(Effect.fail(remoteFailure(error, endpoint, sql)));
      } finally {
        await handle?.close();
      }
    };
    void run();
    // `signal` closes the connection; a statement that writes goes on without one, hence the kill.
    return Effect.promise(() => kill(client, queryId));
  });
}

function compressed(source: Readable, compression: BodyCompression): Readable {
  if (compression === 'none') return source;
  const packer =
    compression === 'gzip'
      ? createGzip({ level: 1 })
      : createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  // A failing read ends the packer with the same error, and with it the request.
  return pipeline(source, packer, () => {});
}

async function kill(client: ClickHouseClient, queryId: string): Promise<void> {
  try {
    const query = `KILL QUERY WHERE query_id = ${quoteText(queryId)} ASYNC`;
    await client.command({ query, abort_signal: AbortSignal.timeout(killPatienceMs) });
  } catch {
    // Users without the right to kill, and servers that do not answer, still have the closed connection.
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
  return new EngineUnavailable({ endpoint, reason: reasonOf(error), remote: true });
}

export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return error.message === '' ? code : error.message;
}
