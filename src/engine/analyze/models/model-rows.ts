import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { modelsTable } from '../../domain/schema/own/models.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteName, quoteText } from '../../store/sql-text.ts';
import { ModelUnreadable } from '../autoencoder/errors.ts';
import type { Family } from './artefact.ts';
import { sha256 } from './checksum.ts';

type Failed = QueryFailed | EngineUnavailable;

/** `pinned` is current too, and stays so until it is unpinned. */
export type ModelState = 'current' | 'pinned' | 'former' | 'rejected';

/** A row of `obs_models` without report and artefact. */
export interface ModelRow {
  readonly id: string;
  readonly scope: string;
  readonly family: Family;
  readonly trainedMs: number;
  readonly state: ModelState;
  readonly why: string;
  readonly dataFromMs: number;
  readonly dataToMs: number;
  readonly checksum: string;
  /** Of the artefact; 0 where it is no longer kept. */
  readonly bytes: number;
  readonly version: string;
}

const columns = `Id AS id, Scope AS scope, Family AS family, toUnixTimestamp64Milli(Trained) AS trainedMs, State AS state,
  Why AS why, toUnixTimestamp(DataFrom) * 1000 AS dataFromMs, toUnixTimestamp(DataTo) * 1000 AS dataToMs,
  Checksum AS checksum, Bytes AS bytes, toString(Version) AS version`;

/** Of all scopes or of one, the newest first. */
export const readModels = Effect.fnUntraced(function* (
  scope: string | null = null,
): Effect.fn.Return<readonly ModelRow[], Failed, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<Record<keyof ModelRow, string>>(
    `SELECT ${columns} FROM obs_models FINAL
WHERE {scope:String} = '' OR Scope = {scope:String} ORDER BY Trained DESC, Id`,
    { parameters: { scope: scope ?? '' } },
  );
  return rows.map((row) => ({
    ...row,
    family: row.family as Family,
    state: row.state as ModelState,
    trainedMs: Number(row.trainedMs),
    dataFromMs: Number(row.dataFromMs),
    dataToMs: Number(row.dataToMs),
    bytes: Number(row.bytes),
  }));
});

/** The file of a model as it was stored; fails where it is gone, cut short or changed. */
export const readFileOf = Effect.fnUntraced(function* ({
  id,
  scope,
  checksum,
  bytes,
}: ModelRow): Effect.fn.Return<Uint8Array, Failed | ModelUnreadable, QueryClient> {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ artefact: string }>(
    'SELECT Artefact AS artefact FROM obs_models FINAL WHERE Scope = {scope:String} AND Id = {id:String}',
    { parameters: { scope, id } },
  );
  const file = Buffer.from(row?.artefact ?? '', 'base64');
  if (file.length === 0) return yield* new ModelUnreadable({ reason: 'its file is no longer kept' });
  if (file.length !== bytes)
    return yield* new ModelUnreadable({ reason: `it has ${file.length} of ${bytes} bytes: it was cut short` });
  if (sha256(file) !== checksum) return yield* new ModelUnreadable({ reason: 'its bytes do not match its checksum' });
  return file;
});

export const readReportText = Effect.fnUntraced(function* ({
  id,
  scope,
}: ModelRow): Effect.fn.Return<string, Failed, QueryClient> {
  const client = yield* QueryClient;
  const [row] = yield* client.rows<{ report: string }>(
    'SELECT Report AS report FROM obs_models FINAL WHERE Scope = {scope:String} AND Id = {id:String}',
    { parameters: { scope, id } },
  );
  return row?.report ?? '';
});

export interface NewModel {
  readonly row: Omit<ModelRow, 'checksum' | 'bytes' | 'version'>;
  /** JSON. */
  readonly report: string;
  /** `null` where none was made. */
  readonly file: Uint8Array | null;
}

export const insertModel = Effect.fnUntraced(function* (
  { row, report, file }: NewModel,
  nowMs: number,
): Effect.fn.Return<void, Failed, OwnTables> {
  const tables = yield* OwnTables;
  yield* tables.insert(modelsTable.name, [
    {
      Id: row.id,
      Scope: row.scope,
      Family: row.family,
      // A whole number would be taken for ticks of the column's milliseconds.
      Trained: (row.trainedMs / 1000).toFixed(3),
      State: row.state,
      Why: row.why,
      DataFrom: Math.floor(row.dataFromMs / 1000),
      DataTo: Math.floor(row.dataToMs / 1000),
      Report: report,
      Artefact: file === null ? '' : Buffer.from(file).toString('base64'),
      Checksum: file === null ? '' : sha256(file),
      Bytes: file?.length ?? 0,
      Version: nowMs,
    },
  ]);
});

/** Puts a model into another state; its file stays where it is, or is dropped. */
export const changeState = Effect.fnUntraced(function* (
  { id, scope }: Pick<ModelRow, 'id' | 'scope'>,
  to: { readonly state: ModelState; readonly why: string; readonly dropFile?: boolean },
  nowMs: number,
): Effect.fn.Return<void, Failed, OwnTables> {
  const tables = yield* OwnTables;
  const changed: Readonly<Record<string, string>> = {
    State: quoteText(to.state),
    Why: quoteText(to.why),
    // Two changes within a millisecond keep their order.
    Version: `greatest(toUInt64(${Math.floor(nowMs)}), m.Version + 1)`,
    ...(to.dropFile === true ? { Artefact: "''", Bytes: '0' } : {}),
  };
  const names = modelsTable.columns.map(([name]) => name);
  yield* tables.insertSelect(
    modelsTable.name,
    names,
    `SELECT ${names.map((name) => `${changed[name] ?? `m.${quoteName(name)}`} AS ${quoteName(`new_${name}`)}`).join(', ')}
FROM ${quoteName(modelsTable.name)} AS m FINAL WHERE m.Scope = ${quoteText(scope)} AND m.Id = ${quoteText(id)}`,
  );
});
