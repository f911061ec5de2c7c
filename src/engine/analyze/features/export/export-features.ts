import { createWriteStream } from 'node:fs';
import { rename, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed, type QueryRefused } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { quoteName, quoteText } from '../../../store/sql-text.ts';
import { namesNear } from '../../predict/series/names-near.ts';
import { readWindows, windowConditions, type WindowQuery } from '../read-windows.ts';
import { npzFile, npzSubjects } from './npz.ts';

export const exportFormats = ['parquet', 'arrow', 'npz'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export interface FeatureExport {
  readonly file: string;
  readonly rows: number;
  readonly subjects: number;
  readonly bytes: number;
}

type Failure = QueryFailed | QueryRefused | EngineUnavailable | BadInput;

/**
 * Writes features of closed windows for other tools. `parquet` and `arrow`: a row a window and subject, a column a feature
 * (NULL where there is none). `npz`: see `npzFile`. A file gets its name when all is in it.
 */
export const exportFeatures = Effect.fnUntraced(function* (
  query: WindowQuery,
  format: ExportFormat,
  file: string,
): Effect.fn.Return<FeatureExport, Failure, QueryClient> {
  if (yield* isTerminal(file)) {
    return yield* new BadInput({
      what: `Cannot write features to ${file}`,
      why: `it is no plain file, and ${format} is binary`,
      hint: `--output features.${format}`,
    });
  }
  const folder = dirname(file);
  if (!(yield* isFolder(folder))) {
    return yield* new BadInput({
      what: `Cannot write features to ${file}`,
      why: `there is no folder ${folder}`,
      hint: `Make it with mkdir -p, or name another: --output features.${format}`,
    });
  }
  const client = yield* QueryClient;
  const { where, parameters } = windowConditions(query);
  const [found] = yield* client.rows<{ rows: number; subjects: number; names: readonly string[] }>(
    `SELECT toUInt32(count()) AS rows, toUInt32(uniqExact(Kind, ServiceName, Subject)) AS subjects,
  arraySort(groupUniqArrayArray(mapKeys(Values))) AS names FROM obs_features FINAL WHERE ${where}`,
    { parameters },
  );
  const { rows, subjects, names } = found ?? { rows: 0, subjects: 0, names: [] };
  if (rows === 0 && query.service !== undefined) yield* checkService(query, query.service);
  yield* checkSize(query, format, rows, subjects, names.length);
  const content =
    format === 'npz'
      ? npzFile(yield* readWindows(query), query.seconds)
      : yield* client.bytes(tableSql(query, names, where), format === 'parquet' ? 'Parquet' : 'Arrow', {
          parameters,
          settings: { max_execution_time: limits.query.maxTimeMs / 1000, ...settings },
        });
  return { file, rows, subjects, bytes: yield* writeFile(file, content) };
});

const mostNamed = 5;

/** Fails where the service has no window in a range in which others have some. */
const checkService = Effect.fnUntraced(function* (
  query: WindowQuery,
  service: string,
): Effect.fn.Return<void, BadInput | QueryFailed | QueryRefused | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { where, parameters } = windowConditions({ ...query, service: undefined });
  const rows = yield* client.rows<{ readonly name: string }>(
    `SELECT ServiceName AS name FROM obs_features WHERE ${where} AND ServiceName != '' GROUP BY name ORDER BY count() DESC, name LIMIT 1000`,
    { parameters },
  );
  const names = rows.map(({ name }) => name);
  if (names.length === 0) return;
  const near = namesNear(service, names);
  const shown = (near.length > 0 ? near : names).slice(0, mostNamed).map((name) => `"${name}"`);
  const more = near.length > 0 ? 0 : names.length - shown.length;
  return yield* new BadInput({
    what: `No service "${service}" has windows of ${query.seconds} s in this range`,
    why: `${near.length > 0 ? 'names near it are' : 'those that have are'} ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`,
    hint: `--service ${(near[0] ?? names[0])!}, or another range with --since`,
  });
});

const settings = {
  output_format_parquet_compression_method: 'zstd',
  output_format_arrow_string_as_string: 1,
  output_format_parquet_string_as_string: 1,
} as const;

function tableSql({ seconds }: WindowQuery, names: readonly string[], where: string): string {
  const column = (name: string): string =>
    `if(mapContains(Values, ${quoteText(name)}), Values[${quoteText(name)}], NULL) AS ${quoteName(columnName(name))}`;
  const head = `toDateTime64(Time, 3, 'UTC') AS time, toUInt16(${seconds}) AS seconds, toString(Kind) AS kind,
  toString(ServiceName) AS service, toString(Subject) AS subject, arrayStringConcat(Marks, ',') AS marks`;
  return `SELECT ${[head, ...names.map(column)].join(',\n  ')}
FROM obs_features FINAL WHERE ${where} ORDER BY Time, ServiceName, Kind, Subject`;
}

const fixedColumns = new Set(['time', 'seconds', 'kind', 'service', 'subject', 'marks']);
const columnName = (feature: string): string => (fixedColumns.has(feature) ? `${feature}_` : feature);

function checkSize(
  { seconds }: WindowQuery,
  format: ExportFormat,
  rows: number,
  subjects: number,
  features: number,
): Effect.Effect<void, BadInput> {
  const refuse = (why: string, hint: string): Effect.Effect<void, BadInput> =>
    Effect.fail(new BadInput({ what: 'Cannot export these features', why, hint }));
  if (rows === 0)
    return refuse(`there are no closed windows of ${seconds} s in this range`, '--since 24h, or another --seconds');
  const narrower = 'Narrow it with --since, --until or --service, or take longer windows with --seconds 60';
  const bytes = rows * (features * 9 + 80);
  if (format !== 'npz' && bytes > limits.features.exportBytes) {
    return refuse(
      `${rows} rows of ${features} features are about ${Math.round(bytes / 1e6)} MB, and ${Math.round(limits.features.exportBytes / 1e6)} MB are the most at once`,
      narrower,
    );
  }
  if (format === 'npz' && (rows > limits.features.rowsRead || subjects > npzSubjects)) {
    return refuse(
      `it is ${rows} rows of ${subjects} subjects, and ${limits.features.rowsRead} of ${npzSubjects} are the most in one npz file`,
      narrower,
    );
  }
  return Effect.void;
}

const writeFile = (
  file: string,
  content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): Effect.Effect<number, BadInput> => {
  const draft = `${file}.part`;
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const chunk of content) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  // Where to write is the user's choice, and no part of the store.
  const onDisk = (call: () => Promise<void>): Effect.Effect<void, BadInput> =>
    Effect.tryPromise({
      try: call,
      catch: (error) =>
        new BadInput({
          what: `Cannot write features to ${file}`,
          why: (error as NodeJS.ErrnoException).code ?? String(error),
          hint: 'Check the space and the permissions of its folder, or name another with --output',
        }),
    });
  return onDisk(() => pipeline(counted, createWriteStream(draft))).pipe(
    Effect.andThen(onDisk(() => rename(draft, file))),
    Effect.onError(() => Effect.promise(() => unlink(draft).catch(() => {}))),
    Effect.map(() => bytes),
  );
};

const isFolder = (path: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    stat(path).then(
      (found) => found.isDirectory(),
      () => false,
    ),
  );

/** A terminal, and whatever else is there and no plain file: nothing of it is to be replaced. */
const isTerminal = (file: string): Effect.Effect<boolean> =>
  Effect.promise(() =>
    stat(file).then(
      (found) => !found.isFile(),
      () => false,
    ),
  );
