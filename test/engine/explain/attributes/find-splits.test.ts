import { describe, expect, test } from 'vitest';
import { findSplits, type FoundSplit } from '../../../../src/engine/explain/attributes/find-splits.ts';
import { seededRandom, type Random } from '../../../support/random.ts';
import { countsOfDrawn, type DrawnRequest } from './random-requests.ts';

const find = (requests: readonly DrawnRequest[]): readonly FoundSplit[] => {
  const { patterns, values, tried } = countsOfDrawn(requests);
  return findSplits(patterns, values, tried);
};

/** Attributes of 2 to 300 values, some as common as each other, some with a favourite. */
const noise = (random: Random, attributes: number): number[] =>
  Array.from({ length: attributes }, (_, at) => {
    const values = 2 + ((at * at) % 299);
    return Math.floor(random.unit() ** (1 + (at % 3)) * values);
  });

const named = (splits: readonly FoundSplit[]): string[] =>
  splits.map(({ values }) =>
    values
      .map(({ key, value }) => `${key}=${value}`)
      .sort()
      .join(' + '),
  );

describe('chance finds nothing', () => {
  test.each([
    { bad: 20, good: 2000 },
    { bad: 300, good: 300 },
    { bad: 400, good: 1200 },
  ])('200 attributes that have nothing to do with it: $bad bad, $good good', ({ bad, good }) => {
    let found = 0;
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed);
      const requests = Array.from({ length: bad + good }, (_, n) => ({ bad: n < bad, values: noise(random, 200) }));
      if (find(requests).length > 0) found++;
    }
    // One in a hundred by construction, for values and for pairs each.
    expect(found).toBeLessThanOrEqual(1);
  });

  test('with so many requests that everything is significant, what hardly differs is not told', () => {
    const random = seededRandom(2);
    const requests = Array.from({ length: 20_000 }, (_, n) => ({
      bad: n % 2 === 0,
      values: [random.unit() < (n % 2 === 0 ? 0.36 : 0.3) ? 1 : 0],
    }));
    expect(find(requests)).toEqual([]);
  });
});

describe('what was planted is found among 200 other attributes', () => {
  const planted = (seed: number, rule: (values: readonly number[], random: Random) => boolean, count = 1500) => {
    const random = seededRandom(seed);
    return find(
      Array.from({ length: count }, () => {
        const values = [random.int(4), random.int(3), random.int(30), ...noise(random, 200)];
        return { bad: rule(values, random), values };
      }),
    );
  };

  test('a value', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const splits = planted(seed, ([, , tenant], random) => random.unit() < (tenant === 7 ? 0.7 : 0.01));
      expect(named(splits)).toEqual(['a2=7']);
    }
  });

  test('a pair, of which neither value alone does harm', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const splits = planted(
        seed,
        ([region, version], random) => random.unit() < (region === 1 && version === 2 ? 0.8 : 0.01),
      );
      expect(named(splits)).toEqual(['a0=1 + a1=2']);
    }
  });

  test('two values that do harm each by itself, not as a pair', () => {
    for (let seed = 1; seed <= 5; seed++) {
      const splits = planted(
        seed,
        ([region, , tenant], random) => random.unit() < 1 - (region === 1 ? 0.5 : 1) * (tenant === 7 ? 0.5 : 1) * 0.99,
        4000,
      );
      expect(named(splits).sort()).toEqual(['a0=1', 'a2=7']);
    }
  });
});
