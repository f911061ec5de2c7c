import { anomaliesTable, incidentsTable } from './anomalies.ts';
import { changesTable } from './changes.ts';
import { featuresTable } from './features.ts';
import { modelsTable } from './models.ts';
import { patternCountsTable, patternsTable } from './patterns.ts';
import { predictionsTable } from './predictions.ts';
import { analyzerStateTable } from './state.ts';
import type { OwnTable } from './table.ts';

/** All tables of what obs itself works out, in the order of the schema page. */
export const ownTables: readonly OwnTable[] = [
  featuresTable,
  anomaliesTable,
  incidentsTable,
  modelsTable,
  predictionsTable,
  patternsTable,
  patternCountsTable,
  analyzerStateTable,
  changesTable,
];
