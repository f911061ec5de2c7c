import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Effect } from 'effect';
import {
  type ArchiveFailed,
  type EngineUnavailable,
  type QueryFailed,
  type QueryRefused,
  StorageFailed,
} from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { ObjectStore } from '../store/archive/object-store.ts';
import { QueryClient } from '../store/query-client.ts';
import { conditionsOf, type ExportRange, tablesOf } from './export.ts';

export interface ParquetFile {
  readonly name: string;
  readonly table: TelemetryTableName;
  readonly rows: number;
  readonly bytes: number;
}

/** Where the files go: a path, or a key in a bucket. Both end with `.parquet`. */
export type ParquetTarget =
  | { readonly kind: 'file'; readonly path: string }
  | {
      readonly kind: 'object';
      readonly store: ObjectStore['Service'];
      readonly key: string;
      readonly scratchPath: string;
    };

type Failure = QueryFailed | QueryRefused | EngineUnavailable | StorageFailed | ArchiveFailed;

const settings = {
  output_format_parquet_compression_method: 'zstd',
  max_execution_time: 300,
} as const;

/**
 * Writes the stored rows as Parquet, column by column as the tables have them: one file a table, in parts where it is
 * large. `spans.parquet` becomes `spans-0002.parquet`, or `points-gauge.parquet` where a signal has several tables.
 */
export const exportParquet = Effect.fnUntraced(function* (
  range: ExportRange,
  target: ParquetTarget,
): Effect.fn.Return<readonly ParquetFile[], Failure, QueryClient> {
  const written: ParquetFile[] = [];
  const tables = tablesOf(range.signals, range.traceId);
  for (const table of tables) {
    const parts = yield* partsOf(table, range);
    for (const [index, part] of parts.entries()) {
      const kind = tables.length > 1 ? `-${table.replace(/^otel_(metrics_)?/, '')}` : '';
      const number = parts.length > 1 ? `-${String(index + 1).padStart(4, '0')}` : '';
      const name = (target.kind === 'file' ? target.path : target.key).replace(
        /\.parquet$/,
        `${kind}${number}.parquet`,
      );
      const bytes = yield* writePart(table, part, target, name);
      written.push({ name, table, rows: part.rows, bytes });
    }
  }
  return written;
});

/** Ranges of time with at most `limits.archive.parquetRows` rows, as far as a minute's rows can be parted. */
const partsOf = Effect.fnUntraced(function* (table: TelemetryTableName, range: ExportRange) {
  const client = yield* QueryClient;
  const { timeColumn } = telemetryTables[table];
  const { where, parameters } = conditionsOf(timeColumn, range);
  const minutes = yield* client.rows<{ minute: number; n: string }>(
    `SELECT toUnixTimestamp(toStartOfMinute(${timeColumn})) AS minute, count() AS n FROM ${table} WHERE ${where} GROUP BY minute ORDER BY minute`,
    { parameters, settings: { max_execution_time: 300 } },
  );
  const parts: { range: ExportRange; rows: number }[] = [];
  for (const { minute, n } of minutes) {
    const open = parts.at(-1);
    const untilUnixMs = Math.min(range.untilUnixMs, (minute + 60) * 1000);
    if (open !== undefined && open.rows + Number(n) <= limits.archive.parquetRows) {
      parts[parts.length - 1] = { range: { ...open.range, untilUnixMs }, rows: open.rows + Number(n) };
    } else {
      const sinceUnixMs = Math.max(range.sinceUnixMs, minute * 1000);
      parts.push({ range: { ...range, sinceUnixMs, untilUnixMs }, rows: Number(n) });
    }
  }
  return parts;
});

const writePart = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  part: { readonly range: ExportRange },
  target: ParquetTarget,
  name: string,
) {
  const client = yield* QueryClient;
  const { timeColumn } = telemetryTables[table];
  const { where, parameters } = conditionsOf(timeColumn, part.range);
  const sql = `SELECT * FROM ${table} WHERE ${where} ORDER BY ${timeColumn}`;
  const answer = yield* client.bytes(sql, 'Parquet', { parameters, settings });
  const draft = target.kind === 'file' ? `${name}.part` : target.scratchPath;
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of answer) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  yield* onDisk('write', draft, () => pipeline(counted, createWriteStream(draft)));
  if (target.kind === 'file') yield* onDisk('write', name, () => rename(draft, name));
  else {
    const sha256 = hash.digest('hex');
    const contentType = 'application/vnd.apache.parquet';
    yield* target.store
      .put({ key: name, body: { path: draft }, bytes, sha256, contentType })
      .pipe(Effect.ensuring(Effect.ignore(onDisk('remove', draft, () => unlink(draft)))));
  }
  return bytes;
});

function onDisk<A>(operation: string, path: string, call: () => Promise<A>): Effect.Effect<A, StorageFailed> {
  return Effect.tryPromise({
    try: call,
    catch: (error) =>
      new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
}
