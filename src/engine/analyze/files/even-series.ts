import type { Table } from '../input/read-table.ts';
import { wholeTable, type WholeTable } from './whole-table.ts';

/** The columns of a table at equal steps. */
export interface EvenSeries extends Omit<WholeTable, 'unixMs'> {
  /** Milliseconds since 1970 of the first value; NaN without a time column: then steps are rows. */
  readonly startUnixMs: number;
  /** From one value to the next; 1 without a time column. */
  readonly stepMs: number;
}

/** What a series may be stretched to by gaps: a clock that jumps decades must not ask for gigabytes. */
const mostSteps = 10_000_000;

/**
 * Reads a whole table. With a time column the rows are sorted by time and put on a grid whose step is the median
 * distance of neighbours: several rows in one step are averaged, steps without a row are NaN.
 */
export async function evenSeries(table: Table): Promise<EvenSeries> {
  const { unixMs, ...whole } = await wholeTable(table);
  const stepMs = unixMs === null ? Number.NaN : stepOf(unixMs);
  if (unixMs === null || !(stepMs > 0)) return { startUnixMs: Number.NaN, stepMs: 1, ...whole };
  const startUnixMs = unixMs.reduce((least, time) => (time < least ? time : least), Infinity);
  const columns = whole.columns.map(({ name, values }) => ({
    name,
    values: onGrid(values, unixMs, startUnixMs, stepMs),
  }));
  return { startUnixMs, stepMs, ...whole, columns };
}

/** The median distance between neighbours in time that are not at the same time; NaN where there are none. */
function stepOf(times: Float64Array): number {
  const sorted = times.filter(Number.isFinite).sort();
  const steps: number[] = [];
  for (let i = 1; i < sorted.length; i++) {
    const step = sorted[i]! - sorted[i - 1]!;
    if (step > 0) steps.push(step);
  }
  if (steps.length === 0) return Number.NaN;
  steps.sort((a, b) => a - b);
  const step = steps[steps.length >> 1]!;
  return Math.max(step, (sorted.at(-1)! - sorted[0]!) / mostSteps);
}

function onGrid(values: Float64Array, times: Float64Array, start: number, step: number): Float64Array {
  const indexOf = (time: number): number => Math.round((time - start) / step);
  const last = times.reduce((most, time) => (time > most ? time : most), start);
  const sums = new Float64Array(indexOf(last) + 1);
  const counts = new Uint32Array(sums.length);
  for (let row = 0; row < values.length; row++) {
    const [value, time] = [values[row]!, times[row]!];
    if (!Number.isFinite(value) || !Number.isFinite(time)) continue;
    sums[indexOf(time)]! += value;
    counts[indexOf(time)]! += 1;
  }
  return sums.map((sum, index) => (counts[index] === 0 ? Number.NaN : sum / counts[index]!));
}
