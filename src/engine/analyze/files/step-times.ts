import type { EvenSeries } from './even-series.ts';

/** The time of a step of a series as RFC 3339, or its row's number, counted from 1, where the series has no times. */
export function timeOfStep({ startUnixMs, stepMs }: Pick<EvenSeries, 'startUnixMs' | 'stepMs'>, step: number): string {
  if (!Number.isFinite(startUnixMs)) return `row ${step + 1}`;
  const unixMs = startUnixMs + step * stepMs;
  // Beyond what a date can say (the year 275,760).
  return Math.abs(unixMs) > 8.64e15 ? `step ${step + 1}` : new Date(unixMs).toISOString().replace('.000Z', 'Z');
}

/** The time of a row of a file, or its number, counted from 1. */
export function timeOfRow(unixMs: Float64Array | null, row: number): string {
  return timeOfStep({ startUnixMs: unixMs?.[row] ?? Number.NaN, stepMs: 0 }, unixMs === null ? row : 0);
}

/** The same as a number for machines: Unix milliseconds, or the row's number. */
export function numberOfStep(
  { startUnixMs, stepMs }: Pick<EvenSeries, 'startUnixMs' | 'stepMs'>,
  step: number,
): number {
  return Number.isFinite(startUnixMs) ? startUnixMs + step * stepMs : step + 1;
}
