import { derivedTables } from '../domain/schema/derived.ts';
import { ownTables } from '../domain/schema/own/own-tables.ts';
import { telemetryTables } from '../domain/schema/telemetry.ts';
import {
  addColumns,
  alterPartsToMerge,
  alterSetting,
  alterSettings,
  createDerivedTable,
  createOwnTable,
  createTelemetryTable,
  createViews,
  type Layout,
} from './ddl.ts';
import { addServiceRollups, refineRollups, refineTraceTimes } from './finer-rollups.ts';
import { resortTraces } from './resort-traces.ts';

/** One step of the schema. Published steps never change: what they made is out there. */
export interface Migration {
  /** 1, 2, 3 … without gaps. */
  readonly version: number;
  readonly name: string;
  /**
   * Each must do no harm when it runs again: a step that was cut off is run again from its start.
   * @param from version of the store before all steps; 0: there was none, and what earlier steps made is of today.
   */
  statements(layout: Layout, from?: number): readonly string[];
}

/** Days until rows expire in a fresh store; `retention.ts` sets what the configuration says. */
const initialDays = { telemetry: 7, metrics: 30 };

export const migrations: readonly Migration[] = [
  {
    version: 1,
    name: 'telemetry tables',
    statements: (layout) =>
      Object.values(telemetryTables).flatMap((table) => [
        createTelemetryTable(
          table,
          table.timeColumn === 'TimeUnix' ? initialDays.metrics : initialDays.telemetry,
          layout,
        ),
        ...layout.whole(table.name),
      ]),
  },
  {
    version: 2,
    name: 'rollups and views',
    statements: (layout) =>
      derivedTables.flatMap((table) => [
        createDerivedTable(table, initialDays.telemetry, layout),
        ...createViews(table, layout),
        ...layout.whole(table.name),
      ]),
  },
  {
    version: 3,
    name: 'types of values',
    statements: (layout) =>
      Object.values(telemetryTables).flatMap((table) => addColumns(table, ['OriginTypes', 'ValueTypes'], layout)),
  },
  {
    version: 4,
    name: 'spans of a trace side by side',
    // Clusters are younger than this order.
    statements: (layout, from) =>
      (from ?? 0) === 0 || layout.everywhere !== ''
        ? []
        : [
            ...resortTraces(layout),
            ...[...Object.keys(telemetryTables), ...derivedOfVersion2].map((table) => alterSettings(table, layout)),
          ],
  },
  {
    version: 5,
    name: 'rollups by service, a finer table of trace times',
    statements: (layout, from) =>
      (from ?? 0) === 0 || layout.everywhere !== '' ? [] : [...addServiceRollups(layout), ...refineTraceTimes(layout)],
  },
  {
    version: 6,
    name: 'merges of fewer parts',
    statements: (layout, from) => ((from ?? 0) === 0 ? [] : mergeFewerParts(layout)),
  },
  {
    version: 7,
    name: 'finer rollups, merges of still fewer parts',
    statements: (layout, from) =>
      (from ?? 0) === 0
        ? []
        : [
            ...(layout.everywhere === '' ? refineRollups(layout) : []),
            ...mergeFewerParts(layout),
            ...derivedTables.flatMap((table) => alterPartsToMerge(table, layout)),
          ],
  },
  {
    version: 8,
    name: 'tables of what obs works out',
    statements: (layout) => createOwnTables((name) => name !== changesName, layout),
  },
  {
    version: 9,
    name: 'table of changes',
    statements: (layout) => createOwnTables((name) => name === changesName, layout),
  },
];

/** Came with version 9. */
const changesName = 'obs_changes';

function createOwnTables(has: (name: string) => boolean, layout: Layout): readonly string[] {
  return ownTables
    .filter(({ name }) => has(name))
    .flatMap((table) => [createOwnTable(table, layout), ...layout.whole(table.name)]);
}

function mergeFewerParts(layout: Layout): readonly string[] {
  return [...Object.keys(telemetryTables), ...derivedTables.map(({ name }) => name)].flatMap((table) =>
    alterSetting(table, 'max_parts_to_merge_at_once', layout),
  );
}

/** Those by service came with version 5. */
const derivedOfVersion2 = derivedTables.map(({ name }) => name).filter((name) => !name.startsWith('obs_red_service_'));

export const migrationsTable = 'obs_migrations';

export function createMigrationsTable(layout: Layout): string {
  return `CREATE TABLE IF NOT EXISTS ${migrationsTable}${layout.everywhere}
(
  Version UInt32 COMMENT 'number of the migration',
  Name String COMMENT 'what it did',
  AppliedAt DateTime64(3) DEFAULT now64(3) COMMENT 'when it had run'
)
ENGINE = ${layout.sameEverywhere(migrationsTable)}
ORDER BY Version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;
}
