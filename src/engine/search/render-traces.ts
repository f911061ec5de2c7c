import { renderTable } from './render-table.ts';
import type { TraceSummary } from './trace-search.ts';

/** The found traces as a table, and what to type next. */
export function renderTraces(traces: readonly TraceSummary[], width: number): string {
  if (traces.length === 0) {
    return 'No traces found. Widen the range with --since 24h, or see `obs status` for what is in the store.\n';
  }
  const columns = [
    { name: 'trace', type: 'String' },
    { name: 'start (UTC)', type: 'String' },
    { name: 'ms', type: 'Float64' },
    { name: 'spans', type: 'UInt32' },
    { name: 'errors', type: 'UInt32' },
    { name: 'root', type: 'String' },
  ];
  const rows = traces.map((trace) => [
    // Twelve digits tell traces apart; `obs explain` takes a prefix.
    trace.TraceId.slice(0, 12),
    trace.Start.slice(5, 23).replace('T', ' '),
    trace.DurationMs.toFixed(trace.DurationMs < 10 ? 2 : 0),
    trace.Spans,
    trace.Errors,
    `${trace.RootService}: ${trace.RootOperation}`,
  ]);
  return `${renderTable(columns, rows, width)}Next: obs explain ${traces[0]?.TraceId.slice(0, 12)}\n`;
}
