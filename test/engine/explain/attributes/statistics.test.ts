import { describe, expect, test } from 'vitest';
import {
  attributable,
  likelihoodRatio,
  logChance,
  logChanceWithin,
  oddsRatio,
} from '../../../../src/engine/explain/attributes/statistics.ts';

describe('tests of two-by-two tables', () => {
  test("Fisher's tea: 3 of 4 cups right is 17 of 70, all of them 1 of 70", () => {
    expect(Math.exp(logChance({ bad: 3, badAll: 4, good: 1, goodAll: 4 }))).toBeCloseTo(17 / 70, 10);
    expect(Math.exp(logChance({ bad: 4, badAll: 4, good: 0, goodAll: 4 }))).toBeCloseTo(1 / 70, 10);
  });

  test('agrees with the sum of hypergeometric terms for large counts', () => {
    // P(X ≥ 8) for 20 of 1,020 drawn, 100 of which have the value, term by term.
    const [all, having, drawn] = [1020, 100, 20];
    const choose = (n: number, k: number): number => {
      let product = 1;
      for (let at = 1; at <= k; at++) product *= (n - k + at) / at;
      return product;
    };
    let sum = 0;
    for (let k = 8; k <= drawn; k++) sum += (choose(having, k) * choose(all - having, drawn - k)) / choose(all, drawn);
    expect(Math.exp(logChance({ bad: 8, badAll: 20, good: 92, goodAll: 1000 }))).toBeCloseTo(sum, 12);
  });

  test('stays finite where probabilities do not', () => {
    const chance = logChance({ bad: 20_000, badAll: 20_000, good: 0, goodAll: 20_000 });
    expect(chance).toBeLessThan(-27_000);
    expect(Number.isFinite(chance)).toBe(true);
  });

  test('a value that is no commoner among the bad says nothing', () => {
    const counts = { bad: 10, badAll: 100, good: 100, goodAll: 1000 };
    expect(likelihoodRatio(counts)).toBe(0);
    expect(attributable(counts)).toBe(0);
    expect(oddsRatio([counts])).toBeCloseTo(1, 10);
    expect(logChance({ bad: 0, badAll: 100, good: 100, goodAll: 1000 })).toBe(0);
  });

  test('the likelihood ratio of a known table', () => {
    // 2 Σ O ln(O / E) with expected counts of 20, 80, 20, 80.
    const expected = 2 * (30 * Math.log(1.5) + 70 * Math.log(70 / 80) + 10 * Math.log(0.5) + 90 * Math.log(90 / 80));
    expect(likelihoodRatio({ bad: 30, badAll: 100, good: 10, goodAll: 100 })).toBeCloseTo(expected, 10);
  });

  test('what only seems to go with being bad because both go with something else disappears within strata', () => {
    // Together 95 of 110 against 55 of 190; in each stratum as common among bad as among good.
    const strata = [
      { bad: 90, badAll: 100, good: 9, goodAll: 10 },
      { bad: 5, badAll: 10, good: 90, goodAll: 180 },
    ];
    expect(oddsRatio(strata)).toBeCloseTo(1, 5);
    expect(Math.exp(logChanceWithin(strata))).toBeGreaterThan(0.3);
    expect(Math.exp(logChanceWithin([{ bad: 90, badAll: 100, good: 10, goodAll: 100 }, strata[1]!]))).toBeLessThan(
      1e-15,
    );
  });
});
