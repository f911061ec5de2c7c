import { renderTable } from '../../search/render-table.ts';
import type { MinedLines } from './mine-lines.ts';

/** The patterns of a file or a stream as a table, and what to say beside it. */
export function renderMined(
  { lines, patterns, broken }: MinedLines,
  limit: number,
  width: number,
): { readonly text: string; readonly notes: readonly string[] } {
  const shown = patterns.slice(0, limit);
  const rows = shown.map(({ id, count, template }) => [
    count,
    `${((100 * count) / lines).toFixed(1)} %`,
    id.slice(0, 8),
    template,
  ]);
  const rest = patterns.length - shown.length;
  const left = rest > 0 ? `, ${rest} of them not shown (--limit)` : '';
  return {
    text: renderTable(columns, rows, width),
    notes: [
      `${lines} lines, ${patterns.length} patterns${left}`,
      ...(broken === undefined ? [] : [`The input broke off: ${broken}`]),
    ],
  };
}

const columns = [
  { name: 'lines', type: 'UInt64' },
  { name: 'share', type: 'UInt64' },
  { name: 'id', type: 'String' },
  { name: 'pattern', type: 'String' },
];
