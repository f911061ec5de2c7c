import { renderTable } from '../../search/render-table.ts';
import type { Detected, TableDetection } from './detect-table.ts';
import { drawLines, plotRoom, shortNumber } from './plot.ts';
import { timeOfRow } from './step-times.ts';

/** As many anomalies are listed for a column; the rest is counted. */
const listed = 20;

/** A chart of each column with its anomalies marked below, then the anomalies as a table, the highest scores first. */
export function renderDetection({ table, detected }: TableDetection, width: number): string {
  return detected.map((one) => renderColumn(one, table.unixMs, width)).join('\n');
}

function renderColumn(one: Detected, unixMs: Float64Array | null, width: number): string {
  const { name, values, scores, anomalies, threshold } = one;
  const head = `${name}: ${values.length} rows, ${anomalies.length === 0 ? 'nothing unusual' : `${anomalies.length} unusual`} (score ≥ ${shortNumber(threshold)})`;
  const chart = [drawLines([values], width), marks(one, width)];
  if (anomalies.length === 0) return [head, ...chart, ''].join('\n');
  const shown = anomalies.toSorted((a, b) => scores[b]! - scores[a]! || a - b).slice(0, listed);
  const rows = shown.map((row) => [timeOfRow(unixMs, row), shortNumber(values[row]!), scores[row]!.toFixed(2)]);
  const rest = anomalies.length - shown.length;
  return [head, ...chart, renderTable(columns, rows, width), ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n');
}

const columns = [
  { name: 'when', type: 'String' },
  { name: 'value', type: 'Float64' },
  { name: 'score', type: 'Float64' },
];

/** A row of ▲ under the columns of the chart on which anomalies fall. */
function marks({ values, anomalies }: Detected, width: number): string {
  const { left, columns } = plotRoom(width);
  const drawn = Math.min(columns, values.length);
  const at = new Set(anomalies.map((row) => Math.min(drawn - 1, Math.floor((row * drawn) / values.length))));
  return `${' '.repeat(left)}${Array.from({ length: drawn }, (_, column) => (at.has(column) ? '▲' : ' ')).join('')}`.trimEnd();
}
