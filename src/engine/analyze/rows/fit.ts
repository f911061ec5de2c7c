import { Result } from 'effect';
import { leadingComponents, residualOf } from './components.ts';
import { RowsRefused } from './errors.ts';
import type { RowModel } from './model.ts';
import { covarianceOf, momentsOf, sumOf } from './moments.ts';
import { percentile, rangesOf, sortedColumn, type Ranges } from './ranges.ts';
import { recipe } from './recipe.ts';
import { spreadsOf } from './spread.ts';
import { unitsOf } from './units.ts';

/** Fewer rows have no range worth the name. */
const leastRows = 30;

/**
 * Learns what is usual. Rows are taken as usual as a whole: percentiles forgive a few that are not.
 *
 * @param train rows × columns, row after row, in the order of time and any units; NaN or ±∞ is a gap
 */
export function fitRows(train: Float64Array, columns: number): Result.Result<RowModel, RowsRefused> {
  const refuse = (reason: string) => Result.fail(new RowsRefused({ reason }));
  if (!Number.isInteger(columns) || columns < 1) return refuse(`${columns} columns`);
  if (train.length % columns !== 0) return refuse(`${train.length} values are not rows of ${columns} columns`);
  const rows = train.length / columns;
  if (rows < leastRows) return refuse(`${rows} rows; at least ${leastRows} are needed`);
  const units = unitsOf(train, columns);
  const scaled = train.map((value, at) => (Number.isFinite(value) ? value / units[at % columns]! : Number.NaN));
  const sorted = Array.from({ length: columns }, (_, column) => sortedColumn(scaled, columns, column));
  const medians = sorted.map((column) => percentile(column, 50));
  const filled = scaled.map((value, at) => (Number.isNaN(value) ? medians[at % columns]! : value));
  return Result.succeed({
    version: 1,
    columns,
    rows,
    units,
    medians,
    known: sorted.map((column) => column.length > 0),
    values: rangesOf(scaled, columns, recipe.valuePercentiles),
    spreads: rangesOf(spreadsOf(scaled, columns), columns, recipe.spreadPercentiles),
    ...residuals(filled, columns),
  });
}

/** The components of all rows, and the ranges of what each block of time leaves unexplained by those of the others. */
function residuals(filled: Float64Array, columns: number): Pick<RowModel, 'components' | 'residuals'> {
  const rows = filled.length / columns;
  const edge = (block: number): number => Math.floor((rows * block) / recipe.blocks) * columns;
  const blocks = Array.from({ length: recipe.blocks }, (_, block) => filled.subarray(edge(block), edge(block + 1)));
  const moments = blocks.map((block) => momentsOf(block, columns));
  const count = Math.ceil(columns / recipe.columnsPerComponent);
  const left = new Float64Array(filled.length);
  for (const [index, block] of blocks.entries()) {
    const components = leadingComponents(covarianceOf(sumOf(moments, index)), count);
    const from = edge(index);
    for (let at = 0; at < block.length; at += columns)
      residualOf(components, block.subarray(at, at + columns), left.subarray(from + at, from + at + columns));
  }
  const found: Ranges = rangesOf(left, columns, recipe.residualPercentiles);
  return { components: leadingComponents(covarianceOf(sumOf(moments)), count), residuals: found };
}
