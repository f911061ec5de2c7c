import { onsetOf } from '../../cause/metrics/onset.ts';
import { medianOf, quantileOf, sortedFinite } from '../../cause/metrics/quantile.ts';
import type { CauseColumn } from './cause-input.ts';
import type { WholeTable } from './whole-table.ts';

/** The rows of a file cut into what is usual and what is around the alarm. */
export interface Stretches {
  readonly columns: readonly CauseColumn[];
  readonly recentMs: Float64Array | null;
  /** Of the alarm, as milliseconds or as a row of `recentMs`; undefined where all recent rows are abnormal. */
  readonly alarmAt: number | undefined;
  /** Rows before the first recent one, in the file. */
  readonly firstRow: number;
}

/** Rows before the alarm that say what was usual just then: so long, but no more than half of them. */
const leadMs = 20 * 60_000;
const leadRows = 2;

/** Where the usual values have a file of their own, matched by column name. */
export function withNormal(table: WholeTable, normal: WholeTable, alarmAt: number | undefined): Stretches {
  const usual = new Map(normal.columns.map(({ name, values }) => [name, values]));
  return {
    columns: table.columns.map(({ name, values }) => ({
      name,
      history: usual.get(name) ?? new Float64Array(),
      recent: values,
    })),
    recentMs: table.unixMs,
    alarmAt,
    firstRow: 0,
  };
}

/** @param alarmRow the first row behind the alarm */
export function cutAt({ columns, unixMs, rows }: WholeTable, alarmRow: number, alarmAt: number | undefined): Stretches {
  const near = unixMs === null ? alarmRow - leadRows : unixMs.findIndex((time) => time >= unixMs[alarmRow]! - leadMs);
  const firstRow = Math.max(0, Math.min(near, alarmRow - leadRows), Math.floor(alarmRow / 2));
  return {
    columns: columns.map(({ name, values }) => ({
      name,
      history: values.slice(0, firstRow),
      recent: values.slice(firstRow, rows),
    })),
    recentMs: unixMs?.slice(firstRow) ?? null,
    alarmAt: alarmAt ?? (unixMs === null ? alarmRow - firstRow : unixMs[alarmRow]),
    firstRow,
  };
}

/** Half of the rows behind a change deviate by so much: slow drift over many rows is none. */
const leastChange = 2;

/** The row from which on the columns together deviate; null where they do not. The first third is taken for usual. */
export function changeRow({ columns, rows }: WholeTable): number | null {
  const known = Math.max(2, Math.floor(rows / 3));
  const sums = new Float64Array(rows);
  let judged = 0;
  for (const { values } of columns) {
    const sorted = sortedFinite(values.subarray(0, known));
    const median = quantileOf(sorted, 0.5);
    const spread = (quantileOf(sorted, 0.75) - quantileOf(sorted, 0.25)) / 1.349;
    const scale = Math.max(spread, 0.1 * Math.abs(median)) || 1;
    if (Number.isNaN(median)) continue;
    judged++;
    values.forEach((value, row) => {
      if (Number.isFinite(value)) sums[row]! += Math.min(6, Math.abs(value - median) / scale);
    });
  }
  const means = sums.map((sum) => sum / Math.max(1, judged));
  const sorted = sortedFinite(means.subarray(0, known));
  const median = quantileOf(sorted, 0.5);
  const spread = (quantileOf(sorted, 0.9) - median) / 1.2816 || 0.1;
  const deviations = means.map((mean) => (mean - median) / spread);
  const at = onsetOf(deviations, (row) => row)?.at;
  return at === undefined || medianOf(deviations.subarray(at)) < leastChange ? null : at;
}
