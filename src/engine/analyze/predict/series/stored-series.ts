import type { SeriesName } from '../../../domain/anomaly.ts';

/** A series of the store on equal steps, ready to be forecast. */
export interface StoredSeries {
  readonly name: SeriesName;
  /** "p95 of checkout (ms)". */
  readonly title: string;
  /** Of the first value, Unix milliseconds. */
  readonly startMs: number;
  readonly stepMs: number;
  /** One value a step up to the last one that is over; NaN where nothing came. */
  readonly values: Float64Array;
  /** What a person should know of how it was read. */
  readonly notes: readonly string[];
}
