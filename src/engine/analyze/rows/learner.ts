import { Result } from 'effect';
import { RowDetector, type Carrier, type RowScore } from './detector.ts';
import type { RowsRefused } from './errors.ts';
import { fitRows } from './fit.ts';
import type { RowModel } from './model.ts';
import { recipe } from './recipe.ts';

const { usualBelow, growth, enoughRows } = recipe.learning;

/**
 * A detector that goes on learning while its history is short. Until it has enough it holds all rows that it has
 * learned or is going to (10,000 × columns × 8 bytes at most); afterwards none.
 */
export class RowLearner {
  readonly #columns: number;
  /** Row after row; empty once there are enough. */
  #history: Float64Array<ArrayBuffer>;
  #rows: number;
  #detector: RowDetector;

  private constructor(train: Float64Array, model: RowModel) {
    this.#columns = model.columns;
    this.#rows = model.rows;
    this.#history = Float64Array.from(model.rows < enoughRows ? train : []);
    this.#detector = new RowDetector(model);
  }

  /** @param train as for `fitRows` */
  static start(train: Float64Array, columns: number): Result.Result<RowLearner, RowsRefused> {
    return Result.map(fitRows(train, columns), (model) => new RowLearner(train, model));
  }

  get model(): RowModel {
    return this.#detector.model;
  }

  /** @param learn false for rows that were among the training rows already */
  score(row: Float64Array, learn: boolean = true): RowScore {
    const scored = this.#detector.score(row);
    if (learn && scored.score < usualBelow && this.model.rows < enoughRows) this.#keep(row);
    return scored;
  }

  carriers(most: number): readonly Carrier[] {
    return this.#detector.carriers(most);
  }

  /** With how many rows the next learning is due. */
  #nextRows(): number {
    return Math.min(Math.ceil(this.model.rows * growth), enoughRows);
  }

  #keep(row: Float64Array): void {
    const at = this.#rows * this.#columns;
    if (at === this.#history.length) {
      const grown = new Float64Array(this.#nextRows() * this.#columns);
      grown.set(this.#history);
      this.#history = grown;
    }
    this.#history.set(row.subarray(0, this.#columns), at);
    this.#rows++;
    if (this.#rows < this.#nextRows()) return;
    const learned = Result.getOrThrow(fitRows(this.#history.subarray(0, at + this.#columns), this.#columns));
    // What the detector has seen lately stays with it; only what it takes for usual is new.
    this.#detector = RowDetector.restore({ ...this.#detector.snapshot(), model: learned });
    if (learned.rows >= enoughRows) this.#history = new Float64Array(0);
  }
}

/**
 * One score per row, each from the training rows and the rows before it: what `obs detect` does with a file.
 *
 * @param alreadyLearned how many of the first rows are among the training rows
 */
export function detectRows(
  train: Float64Array,
  columns: number,
  rows: Float64Array,
  alreadyLearned: number = 0,
): Result.Result<Float64Array, RowsRefused> {
  return Result.map(RowLearner.start(train, columns), (learner) =>
    Float64Array.from(
      { length: Math.floor(rows.length / columns) },
      (_, row) => learner.score(rows.subarray(row * columns, (row + 1) * columns), row >= alreadyLearned).score,
    ),
  );
}
