import type { TableDetection } from './detect-table.ts';

/** What was found as one object; `scores` only where they are asked for, as there is one for each row. */
export function detectionJson({ table, detected }: TableDetection, withScores: boolean): object {
  const { unixMs } = table;
  return {
    rows: table.rows,
    badRows: table.badRowsInAll,
    ...(table.broken === undefined ? {} : { broken: table.broken }),
    columns: detected.map(({ name, values, scores, threshold, anomalies }) => ({
      name,
      threshold,
      anomalies: anomalies.map((row) => ({
        row: row + 1,
        ...(unixMs === null ? {} : { unixMs: unixMs[row] }),
        value: values[row],
        score: scores[row],
      })),
      ...(withScores ? { scores: [...scores] } : {}),
    })),
  };
}
