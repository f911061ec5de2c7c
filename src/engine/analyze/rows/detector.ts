import { residualOf } from './components.ts';
import { Habit } from './habit.ts';
import type { RowModel } from './model.ts';
import { outside } from './ranges.ts';
import { recipe } from './recipe.ts';
import { RecentSpread } from './spread.ts';

/** A column and its part in the score. */
export interface Carrier {
  readonly column: number;
  /** Of the row's evidence, 0…1. */
  readonly share: number;
  readonly value: number;
  /** The range that all but 0.2 % of the learned values lie in, in the column's own units. */
  readonly usualLow: number;
  readonly usualHigh: number;
}

export interface RowScore {
  /** 0 where all is usual; 10 is one column wholly outside, or many a little, for a while. */
  readonly score: number;
  /** This row alone, nothing averaged. */
  readonly evidence: number;
}

/** What a detector knows, as plain JSON. Gaps among the recent rows are null. */
export interface RowSnapshot {
  readonly model: RowModel;
  readonly recent: { readonly rows: readonly (number | null)[]; readonly next: number };
  readonly habits: readonly number[];
  readonly residualHabits: readonly number[];
  readonly average: number;
  readonly columnAverages: readonly number[];
}

const perRow = 1 - 2 ** (-1 / recipe.halfLife);
/** Which of the percentile pairs is told to people as the usual range. */
const toldPercentile = 1;

/**
 * Scores rows one after the other; a row's score depends on nothing that comes after it. Per column: how far the value
 * lies outside its usual ranges, how far its spread over the last rows does, and, with a smaller weight that grows
 * with the history learned, how far what the other columns do not explain does. Weak evidence is gathered over time,
 * strong evidence counts at once: the sum up to 10 is averaged with a half-life of 8 rows, what lies above is added.
 */
export class RowDetector {
  readonly model: RowModel;
  readonly #recent: RecentSpread;
  readonly #habit: Habit;
  readonly #residualHabit: Habit;
  readonly #residualWeight: number;
  /** The newest row in units, with gaps as NaN, and with the medians in their place. */
  readonly #row: Float64Array;
  readonly #filled: Float64Array;
  readonly #residual: Float64Array;
  /** Evidence per column, averaged as the score is. */
  readonly #columnAverages: Float64Array;
  readonly #columnEvidence: Float64Array;
  #average: number;

  constructor(model: RowModel, from?: RowSnapshot) {
    const { columns, rows } = model;
    this.model = model;
    const recent = from?.recent.rows.map((value) => value ?? Number.NaN);
    this.#recent = new RecentSpread(columns, recent, from?.recent.next);
    this.#habit = new Habit(columns, from?.habits);
    this.#residualHabit = new Habit(columns, from?.residualHabits);
    this.#residualWeight = (recipe.residualWeight * rows) / (rows + recipe.residualRows);
    this.#row = new Float64Array(columns);
    this.#filled = new Float64Array(columns);
    this.#residual = new Float64Array(columns);
    this.#columnEvidence = new Float64Array(columns);
    this.#columnAverages = Float64Array.from(from?.columnAverages ?? this.#row);
    this.#average = from?.average ?? 0;
  }

  /** @param row one value per column, in the units of the training rows; NaN or ±∞ is a gap and no evidence */
  score(row: Float64Array): RowScore {
    this.#take(row);
    const { columns } = this.model;
    let evidence = 0;
    for (let column = 0; column < columns; column++) {
      const found = this.#evidenceOf(column);
      this.#columnEvidence[column] = found;
      this.#columnAverages[column]! += perRow * (found - this.#columnAverages[column]!);
      evidence += found;
    }
    this.#recent.push(this.#row);
    this.#average += perRow * (Math.min(evidence, recipe.most) - this.#average);
    return { score: this.#average + Math.max(0, evidence - recipe.most), evidence };
  }

  #take(row: Float64Array): void {
    const { columns, units, medians } = this.model;
    for (let column = 0; column < columns; column++) {
      const value = row[column] ?? Number.NaN;
      const there = Number.isFinite(value);
      this.#row[column] = there ? value / units[column]! : Number.NaN;
      this.#filled[column] = there ? this.#row[column]! : medians[column]!;
    }
    residualOf(this.model.components, this.#filled, this.#residual);
  }

  #evidenceOf(column: number): number {
    const { columns, known, values, spreads, residuals } = this.model;
    const value = this.#row[column]!;
    if (!known[column]) return 0;
    const ofSpread = outside(spreads, columns, column, this.#recent.of(column), recipe.narrowest);
    const missing = Number.isNaN(value);
    const ofValue = missing ? 0 : outside(values, columns, column, value, recipe.narrowest);
    const ofResidual = missing ? 0 : outside(residuals, columns, column, this.#residual[column]!, recipe.narrowest);
    return (
      this.#habit.beyond(column, Math.min(recipe.most, ofValue + ofSpread)) +
      this.#residualWeight * this.#residualHabit.beyond(column, ofResidual)
    );
  }

  /** Which columns carry the newest score, the heaviest first. */
  carriers(most: number): readonly Carrier[] {
    const { columns, units, values } = this.model;
    const weights = this.#columnAverages.map((average, column) => Math.max(average, this.#columnEvidence[column]!));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return [];
    const told = toldPercentile * columns;
    return [...weights.keys()]
      .filter((column) => weights[column]! > 0)
      .sort((a, b) => weights[b]! - weights[a]! || a - b)
      .slice(0, most)
      .map((column) => ({
        column,
        share: weights[column]! / total,
        value: this.#row[column]! * units[column]!,
        usualLow: values.low[told + column]! * units[column]!,
        usualHigh: values.high[told + column]! * units[column]!,
      }));
  }

  snapshot(): RowSnapshot {
    const { rows, next } = this.#recent.state();
    return {
      model: this.model,
      recent: { rows: rows.map((value) => (Number.isNaN(value) ? null : value)), next },
      habits: [...this.#habit.usual],
      residualHabits: [...this.#residualHabit.usual],
      average: this.#average,
      columnAverages: [...this.#columnAverages],
    };
  }

  static restore(snapshot: RowSnapshot): RowDetector {
    return new RowDetector(snapshot.model, snapshot);
  }
}

/** Scores many rows in order: one score per row. */
export function scoreRows(model: RowModel, rows: Float64Array): Float64Array {
  const detector = new RowDetector(model);
  const { columns } = model;
  return Float64Array.from(
    { length: Math.floor(rows.length / columns) },
    (_, row) => detector.score(rows.subarray(row * columns, (row + 1) * columns)).score,
  );
}
