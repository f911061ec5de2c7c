import { type OwnTable, versionColumn } from './table.ts';

/** What the analyzer must still know after a restart: one row a part of it. */
export const analyzerStateTable: OwnTable = {
  name: 'obs_analyzer_state',
  timeColumn: 'Saved',
  partitions: 'months',
  keptDays: 400,
  orderBy: 'Part',
  columns: [
    ['Part', 'String', 'whose state it is'],
    ['Saved', 'DateTime64(3)', 'when it was saved'],
    ['State', 'String', 'as that part writes and reads it', 'ZSTD(3)'],
    versionColumn,
  ],
};
