import { Result } from 'effect';
import { describe, expect, test } from 'vitest';
import { scoreRows } from '../../../../src/engine/analyze/rows/detector.ts';
import { fitRows } from '../../../../src/engine/analyze/rows/fit.ts';
import { detectRows, RowLearner } from '../../../../src/engine/analyze/rows/learner.ts';
import { recipe } from '../../../../src/engine/analyze/rows/recipe.ts';
import { usualRows } from './support/table.ts';

const columns = 8;
const rowOf = (rows: Float64Array, row: number) => rows.subarray(row * columns, (row + 1) * columns);
const mean = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a short history', () => {
  // A hundred rows see less than half of the season of 251.
  const train = usualRows(100, columns, 1);
  const rows = usualRows(6000, columns, 2);

  test('goes on growing, and quiet rows are quieter for it', () => {
    const fixed = scoreRows(Result.getOrThrow(fitRows(train, columns)), rows);
    const learning = Result.getOrThrow(detectRows(train, columns, rows));
    expect(mean(learning.subarray(3000))).toBeLessThan(mean(fixed.subarray(3000)) / 3);
  });

  test('takes nothing of an incident in', () => {
    const learner = Result.getOrThrow(RowLearner.start(usualRows(400, columns, 1), columns));
    for (let row = 0; row < 300; row++) learner.score(rowOf(rows, row));
    const before = learner.model.rows;
    const incident = usualRows(2000, columns, 3);
    let lowest = Number.POSITIVE_INFINITY;
    for (let row = 0; row < 2000; row++) {
      incident[row * columns + 6] = 0.9;
      incident[row * columns + 7] = 0.9;
      const { score } = learner.score(rowOf(incident, row));
      if (row > 20) lowest = Math.min(lowest, score);
    }
    expect(lowest).toBeGreaterThan(5);
    expect(learner.model.rows).toBe(before);
  });

  test('is enough at some point, and learns each row once', () => {
    const learner = Result.getOrThrow(RowLearner.start(train, columns));
    const long = usualRows(2000, columns, 4);
    for (let round = 0; round < 8; round++) for (let row = 0; row < 2000; row++) learner.score(rowOf(long, row));
    expect(learner.model.rows).toBe(recipe.learning.enoughRows);
    const again = Result.getOrThrow(RowLearner.start(train, columns));
    for (let row = 0; row < 100; row++) again.score(rowOf(train, row), false);
    expect(again.model.rows).toBe(100);
  });

  test('depends on no later row', () => {
    const changed = Float64Array.from(rows);
    changed.fill(0.9, 2000 * columns);
    const scores = (all: Float64Array) => [...Result.getOrThrow(detectRows(train, columns, all)).subarray(0, 2000)];
    expect(scores(changed)).toEqual(scores(rows));
  });

  test('that is too short, or does not fit, is refused', () => {
    expect(Result.isFailure(detectRows(new Float64Array(8), columns, rows))).toBe(true);
  });
});
