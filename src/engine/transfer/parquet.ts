import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rename, unlink } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { Effect, Result } from 'effect';
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
import { tablesOf } from './export.ts';
import { conditionsOf, type ExportRange, isTooMuch, partSlice, planSlices, type Slice, unhurried } from './slices.ts';

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

const settings = { ...unhurried, output_format_parquet_compression_method: 'zstd' } as const;

/** A part that is written, under a name that says so; it gets its own at the end. */
interface Draft extends ParquetFile {
  readonly path: string;
}

/**
 * Writes the stored rows as Parquet, column by column as the tables have them: one file a table, in parts where it is
 * large. `spans.parquet` becomes `spans-0002.parquet`, or `points-gauge.parquet` where a signal has several tables.
 * An export that fails leaves nothing behind: files get their names when all are written, and objects that are in the
 * bucket by then are removed.
 * @param partRows rows of a part
 */
export const exportParquet = Effect.fnUntraced(function* (
  range: ExportRange,
  target: ParquetTarget,
  partRows: number = limits.archive.parquetRows,
): Effect.fn.Return<readonly ParquetFile[], Failure, QueryClient> {
  const drafts: Draft[] = [];
  const tables = tablesOf(range.signals, range.traceId);
  const work = Effect.gen(function* () {
    for (const table of tables) {
      const suffix = tables.length > 1 ? `-${table.replace(/^otel_(metrics_)?/, '')}` : '';
      yield* writeTable(table, range, target, partRows, suffix, drafts);
    }
    if (target.kind === 'object') return;
    for (const { path, name } of drafts) yield* onDisk('write', name, () => rename(path, name));
  });
  yield* work.pipe(Effect.onError(() => Effect.ignore(removeDrafts(target, drafts))));
  return drafts.map(({ name, table, rows, bytes }) => ({ name, table, rows, bytes }));
});

/** The parts of a table, one after the other; one that is too much for the endpoint becomes several. */
const writeTable = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  range: ExportRange,
  target: ParquetTarget,
  partRows: number,
  suffix: string,
  drafts: Draft[],
) {
  const left = [...(yield* planSlices(table, range, partRows))];
  let written = 0;
  for (let slice = left.shift(); slice !== undefined; slice = left.shift()) {
    const number = written > 0 || left.length > 0 ? `-${String(written + 1).padStart(4, '0')}` : '';
    const whole = target.kind === 'file' ? target.path : target.key;
    const name = whole.replace(/\.parquet$/, `${suffix}${number}.parquet`);
    const { rows } = slice;
    const tried = yield* Effect.result(writePart(table, range, slice, target, name));
    if (Result.isSuccess(tried)) {
      drafts.push({ ...tried.success, name, table, rows });
      written += 1;
      continue;
    }
    const parts =
      isTooMuch(tried.failure) && rows > 1 ? yield* partSlice(table, range, slice, Math.floor(rows / 2)) : [];
    if (parts.length < 2) return yield* tried.failure;
    left.unshift(...parts);
  }
  return undefined;
});

const writePart = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  target: ParquetTarget,
  name: string,
): Effect.fn.Return<{ readonly path: string; readonly bytes: number }, Failure, QueryClient> {
  const client = yield* QueryClient;
  const { where, parameters } = conditionsOf(table, range, slice);
  const sql = `SELECT * FROM ${table} WHERE ${where} ORDER BY ${telemetryTables[table].timeColumn}`;
  const answer = yield* client.bytes(sql, 'Parquet', { parameters, settings });
  const path = target.kind === 'file' ? `${name}.part` : target.scratchPath;
  const hash = createHash('sha256');
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of answer) {
      hash.update(chunk);
      bytes += chunk.length;
      yield chunk;
    }
  };
  const write = onDisk('write', path, () => pipeline(counted, createWriteStream(path)));
  const remove = Effect.ignore(onDisk('remove', path, () => unlink(path)));
  yield* write.pipe(Effect.onError(() => remove));
  if (target.kind === 'object') {
    const sha256 = hash.digest('hex');
    const contentType = 'application/vnd.apache.parquet';
    yield* target.store.put({ key: name, body: { path }, bytes, sha256, contentType }).pipe(Effect.ensuring(remove));
  }
  return { path, bytes };
});

function removeDrafts(target: ParquetTarget, drafts: readonly Draft[]): Effect.Effect<void, Failure> {
  if (target.kind === 'object') return target.store.remove(drafts.map(({ name }) => name));
  return Effect.forEach(drafts, ({ path }) => Effect.ignore(onDisk('remove', path, () => unlink(path))), {
    discard: true,
  });
}

function onDisk<A>(operation: string, path: string, call: () => Promise<A>): Effect.Effect<A, StorageFailed> {
  return Effect.tryPromise({
    try: call,
    catch: (error) =>
      new StorageFailed({ operation, path, code: (error as NodeJS.ErrnoException).code ?? String(error) }),
  });
}
