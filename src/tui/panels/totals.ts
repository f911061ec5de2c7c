import { number, type Panel } from './panel.ts';

/** Counts and newest times come from the parts' own figures, without reading rows; they also tell that data is new. */
export function totalsPanel(): Panel<'totals'> {
  return {
    statements: [
      {
        sql: `SELECT 0 AS isLogs, toFloat64(count()) AS records, toFloat64(toUnixTimestamp64Milli(max(Timestamp))) AS newestMs FROM otel_traces
UNION ALL
SELECT 1 AS isLogs, toFloat64(count()) AS records, toFloat64(toUnixTimestamp64Milli(max(Timestamp))) AS newestMs FROM otel_logs`,
        parameters: {},
      },
    ],
    decode: (rows = []) => {
      const [spans, logs] = [0, 1].map((kind) => rows.find((row) => number(row, 'isLogs') === kind));
      const newest = Math.max(...rows.map((row) => number(row, 'newestMs')), 0);
      return {
        spans: spans === undefined ? 0 : number(spans, 'records'),
        logs: logs === undefined ? 0 : number(logs, 'records'),
        newestMs: newest > 0 ? newest : null,
      };
    },
  };
}
