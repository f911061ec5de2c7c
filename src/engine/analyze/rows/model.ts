import type { Components } from './components.ts';
import type { Ranges } from './ranges.ts';

/** What is usual for a table's rows: plain numbers, fit for JSON. All bounds are in the columns' units. */
export interface RowModel {
  readonly version: 1;
  readonly columns: number;
  /** How many rows it has learned from. */
  readonly rows: number;
  /** Per column, what values are divided by. */
  readonly units: readonly number[];
  /** Per column the median in units, which stands in for a gap where all columns are looked at together. */
  readonly medians: readonly number[];
  /** Whether the column had any value: one that had none is never judged. */
  readonly known: readonly boolean[];
  readonly values: Ranges;
  readonly spreads: Ranges;
  readonly residuals: Ranges;
  readonly components: Components;
}
