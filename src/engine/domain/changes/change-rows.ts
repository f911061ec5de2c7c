import type { Change, ChangeKind, ChangeSource } from './change.ts';

/** A row as `changeColumns` reads it. */
export interface ChangeRow {
  readonly id: string;
  readonly at_ms: string;
  readonly kind: ChangeKind;
  readonly service: string;
  readonly environment: string;
  readonly from_version: string;
  readonly to_version: string;
  readonly source: ChangeSource;
  readonly note: string;
  readonly link: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Columns of a read of `obs_changes FINAL`. */
export const changeColumns = `Id AS id, toUnixTimestamp64Milli(At) AS at_ms, Kind AS kind, ServiceName AS service,
  Environment AS environment, FromVersion AS from_version, ToVersion AS to_version, Source AS source, Note AS note,
  Link AS link, Attributes AS attributes`;

export const changeOf = (row: ChangeRow): Change => ({
  id: row.id,
  atMs: Number(row.at_ms),
  kind: row.kind,
  service: row.service,
  environment: row.environment,
  fromVersion: row.from_version,
  toVersion: row.to_version,
  source: row.source,
  note: row.note,
  link: row.link,
  attributes: row.attributes,
});

/** As it is written; `At` is Unix seconds with three decimals, whatever the server's time zone. */
export const changeRow = (change: Change) => ({
  Id: change.id,
  At: (Math.round(change.atMs) / 1000).toFixed(3),
  Kind: change.kind,
  ServiceName: change.service,
  Environment: change.environment,
  FromVersion: change.fromVersion,
  ToVersion: change.toVersion,
  Source: change.source,
  Note: change.note,
  Link: change.link,
  Attributes: change.attributes,
});
