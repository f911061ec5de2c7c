import { Result } from 'effect';
import { describe, expect, test } from 'vitest';
import { RowDetector, scoreRows, type RowSnapshot } from '../../../../src/engine/analyze/rows/detector.ts';
import { fitRows } from '../../../../src/engine/analyze/rows/fit.ts';
import { usualRows } from './support/table.ts';

const columns = 8;
const fit = (rows: Float64Array) => Result.getOrThrow(fitRows(rows, columns));
const model = fit(usualRows(4000, columns, 1));
const quiet = usualRows(1000, columns, 2);

function rowAt(rows: Float64Array, row: number): Float64Array {
  return rows.slice(row * columns, (row + 1) * columns);
}

/** The detector after a quiet hour. */
function warm(): RowDetector {
  const detector = new RowDetector(model);
  for (let row = 0; row < 360; row++) detector.score(rowAt(quiet, row));
  return detector;
}

describe('the row detector', () => {
  test('is silent on rows like those it learned from', () => {
    const scores = scoreRows(model, quiet).toSorted();
    expect(scores.at(-1)).toBeLessThan(2);
    expect(scores[500]).toBeLessThan(0.1);
  });

  test('says at once when a column leaves its range by far, and which one', () => {
    const detector = warm();
    const row = rowAt(quiet, 360);
    row[6] = 0.95;
    row[2] = -0.9;
    expect(detector.score(row).score).toBeGreaterThan(5);
    const [first, second] = detector.carriers(2);
    expect([first?.column, second?.column].toSorted()).toEqual([2, 6]);
    const six = detector.carriers(3).find(({ column }) => column === 6)!;
    expect(six.value).toBeCloseTo(0.95, 9);
    expect(six.usualLow).toBeGreaterThan(0.19);
    expect(six.usualHigh).toBeLessThan(0.31);
    expect(six.share).toBeGreaterThan(0.2);
  });

  test('gathers weak evidence over time', () => {
    const detector = warm();
    const scores = Array.from({ length: 30 }, (_, index) => {
      const row = rowAt(quiet, 360 + index);
      row[7] = 0.34;
      return detector.score(row).score;
    });
    expect(scores[0]).toBeLessThan(scores[9]!);
    expect(scores[9]).toBeGreaterThan(5 * scores[0]!);
    expect(detector.carriers(1)[0]?.column).toBe(7);
  });

  test('sees a combination that is wrong although every value is in its range', () => {
    const detector = warm();
    const before = detector.score(rowAt(quiet, 360)).score;
    let after = 0;
    for (let index = 1; index < 20; index++) {
      const row = rowAt(quiet, 360 + index);
      // One of the columns that follow the load stays where it is at the other end of its range.
      row[0] = row[1]! > 0.45 ? 0.2 : 0.5;
      after = detector.score(row).score;
    }
    expect(after).toBeGreaterThan(before + 1);
    expect(detector.carriers(1)[0]?.column).toBe(0);
  });

  test('believes a column less that stays outside for a long time', () => {
    const detector = warm();
    const scores = Array.from({ length: 5000 }, (_, index) => {
      const row = rowAt(quiet, index % 1000);
      row[7] = 0.33;
      return detector.score(row).score;
    });
    expect(Math.max(...scores.slice(20, 100))).toBeGreaterThan(0.2);
    expect(Math.max(...scores.slice(-500))).toBeLessThan(Math.max(...scores.slice(20, 100)) / 2);
  });

  test('depends on no later row', () => {
    const whole = scoreRows(model, quiet);
    const changed = Float64Array.from(quiet);
    changed.fill(7, 500 * columns);
    expect([...scoreRows(model, changed).subarray(0, 500)]).toEqual([...whole.subarray(0, 500)]);
  });

  test('goes on from a snapshot that went through JSON', () => {
    const detector = warm();
    const gap = rowAt(quiet, 360);
    gap[3] = Number.NaN;
    detector.score(gap);
    const restored = RowDetector.restore(JSON.parse(JSON.stringify(detector.snapshot())) as RowSnapshot);
    for (let row = 361; row < 420; row++) {
      const next = rowAt(quiet, row);
      next[5] = 0.5;
      expect(restored.score(next)).toEqual(detector.score(next));
      expect(restored.carriers(3)).toEqual(detector.carriers(3));
    }
  });
});

describe('bad input', () => {
  test('gaps and infinities are no evidence and leave every number finite', () => {
    const train = usualRows(500, columns, 3);
    for (let row = 0; row < 500; row += 7) train[row * columns + (row % columns)] = Number.NaN;
    for (let row = 0; row < 500; row++) train[row * columns + 4] = Number.NaN;
    train[9] = Number.POSITIVE_INFINITY;
    const detector = new RowDetector(fit(train));
    for (let row = 0; row < 100; row++) {
      const values = rowAt(quiet, row);
      values[row % columns] = row % 2 === 0 ? Number.NaN : Number.NEGATIVE_INFINITY;
      values[4] = 1e12;
      expect(detector.score(values).score).toBeLessThan(5);
    }
    expect(detector.score(new Float64Array(columns).fill(Number.NaN)).evidence).toBeLessThan(1);
    expect(JSON.stringify(detector.snapshot())).not.toContain('NaN');
  });

  test('a constant column that moves is evidence, one that does not is none', () => {
    const train = usualRows(500, columns, 4);
    for (let row = 0; row < 500; row++) train[row * columns + 5] = 0.4;
    const constant = fit(train);
    const rows = usualRows(50, columns, 4);
    for (let row = 0; row < 50; row++) rows[row * columns + 5] = row < 49 ? 0.4 : 0.9;
    const scores = scoreRows(constant, rows);
    expect(scores[48]).toBeLessThan(1);
    expect(scores[49]).toBeGreaterThan(scores[48]! + 0.5);
  });

  test('the result does not depend on the units of the columns', () => {
    // Powers of two divide exactly, so that the scores are equal to the last digit.
    const units = Array.from({ length: columns }, (_, column) => 2 ** (column * 9 - 20));
    const plain = Array.from({ length: columns }, () => 16);
    const scoresIn = (chosen: readonly number[]) => [
      ...scoreRows(fit(usualRows(800, columns, 5, chosen)), usualRows(400, columns, 6, chosen)),
    ];
    expect(scoresIn(units)).toEqual(scoresIn(plain));
  });

  test('rows that cannot be learned from are refused with a reason', () => {
    const reason = (rows: Float64Array, width: number) => Result.getOrThrow(Result.flip(fitRows(rows, width))).reason;
    expect(reason(new Float64Array(29 * 3), 3)).toMatch(/29 rows; at least 30/);
    expect(reason(new Float64Array(31), 3)).toMatch(/31 values are not rows of 3 columns/);
    expect(reason(new Float64Array(0), 0)).toMatch(/0 columns/);
  });

  test('thirty rows are a start', () => {
    const short = fit(usualRows(30, columns, 7));
    expect(scoreRows(short, quiet).every(Number.isFinite)).toBe(true);
  });
});
