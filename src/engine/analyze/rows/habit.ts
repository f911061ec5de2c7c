import { recipe } from './recipe.ts';

/** Evidence less what a column has shown over the last thousand rows or so: what always is cannot be news. */
export class Habit {
  /** Per column, a slow average of its evidence. */
  readonly usual: Float64Array;

  constructor(columns: number, usual?: readonly number[]) {
    this.usual = usual ? Float64Array.from(usual) : new Float64Array(columns);
  }

  beyond(column: number, evidence: number): number {
    const { perRow, most, times } = recipe.habit;
    const usual = this.usual[column]!;
    this.usual[column] = usual + perRow * (Math.min(evidence, most) - usual);
    return Math.max(0, evidence - times * usual);
  }
}
