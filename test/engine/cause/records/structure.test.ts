import { describe, expect, test } from 'vitest';
import { countFeatures } from '../../../../src/engine/cause/records/feature-counts.ts';
import { names } from '../../../../src/engine/cause/records/intern.ts';
import { invocationsOf, partsOf, type Vocabulary } from '../../../../src/engine/cause/records/invocations.ts';
import { gOf, structureCredits } from '../../../../src/engine/cause/records/structure.ts';
import { templates } from '../../../../src/engine/cause/records/templates.ts';
import { tracesOf } from '../../../../src/engine/cause/records/trace-spans.ts';
import { type Drawn, times, windowWith } from './drawn-records.ts';

/** Who takes the credit for what differs, with how much and by what. */
function credits(now: readonly Drawn[], usual: readonly Drawn[], history?: readonly Drawn[]) {
  const words: Vocabulary = { templates: templates(), operations: names(), features: names() };
  const runsOf = (traces: readonly Drawn[]) => tracesOf(windowWith(traces)).map((one) => invocationsOf(one, words));
  const [before, runs] = [runsOf(usual), runsOf(now)];
  const baselines = {
    usual: countFeatures(before.flat()),
    ...(history === undefined ? {} : { history: countFeatures(runsOf(history).flat()) }),
  };
  return structureCredits(runs, countFeatures(runs.flat()), baselines, words).map((credit) => ({
    instance: credit.invocation.entry.instance,
    share: credit.share,
    surprise: credit.surprise,
    counts: credit.changes.map(
      ({ present, runs: all, usually, usualRuns }) => `${present}/${all}, usually ${usually}/${usualRuns}`,
    ),
    what: credit.changes.map(
      ({ appeared, feature }) =>
        `${appeared ? '+' : '-'}${partsOf(words.features.textOf(feature)).slice(0, 2).join(' ')}`,
    ),
  }));
}

const fine: Drawn = {
  picture: `
    shop: GET /cart         server 0 +100
      shop: check the cache internal 1 +2
      prices: GET /prices   server 10 +50
        prices: look up     internal 12 +5`,
};
const without = (line: string): Drawn => ({
  picture: fine.picture
    .split('\n')
    .filter((text) => !text.includes(line))
    .join('\n'),
});

test('runs as usual are no surprise', () => {
  expect(credits(times(20, fine), times(20, fine))).toEqual([]);
});

test('a step that is missing now is a surprise of the instance that left it out', () => {
  const found = credits(times(10, without('look up')), times(20, fine));
  expect(found).toHaveLength(10);
  expect(new Set(found.map(({ instance }) => instance))).toEqual(new Set(['prices']));
  expect(found[0]).toMatchObject({ share: 1, counts: expect.arrayContaining(['0/10, usually 20/20']) });
  expect(found[0]?.what).toContain('-span look up');
});

test('a line that is logged now and never was is one', () => {
  const odd = { ...fine, logs: [{ span: 3, ms: 20, body: 'price made up' }] };
  const found = credits(times(10, odd), times(20, fine));
  expect(found[0]?.instance).toBe('prices');
  expect(found[0]?.what.some((what) => what.startsWith('+log'))).toBe(true);
});

test('the run that differed first takes the credit for what follows from it', () => {
  // Prices leaves its look-up out, whereupon the shop logs a complaint.
  const both = { ...without('look up'), logs: [{ span: 1, ms: 70, body: 'strange price' }] };
  expect(new Set(credits(times(10, both), times(20, fine)).map(({ instance }) => instance))).toEqual(
    new Set(['prices']),
  );
  // Here the shop had complained before it called.
  const early = { ...without('look up'), logs: [{ span: 1, ms: 5, body: 'strange price' }] };
  expect(new Set(credits(times(10, early), times(20, fine)).map(({ instance }) => instance))).toEqual(
    new Set(['shop']),
  );
});

test('a part of the runs that differs counts as that part', () => {
  const found = credits([...times(5, without('look up')), ...times(5, fine)], times(40, fine));
  expect(found).toHaveLength(5);
  expect(found[0]?.share).toBe(0.5);
});

describe('no surprise is', () => {
  test('what the usual runs do now and then', () => {
    const usual = [...times(10, fine), ...times(10, without('look up'))];
    expect(credits(times(20, without('look up')), usual)).toEqual([]);
  });

  test('one run, where few ran before', () => {
    expect(credits([without('look up')], times(2, fine))).toEqual([]);
  });

  test('an operation that never ran before', () => {
    expect(credits(times(20, fine), [])).toEqual([]);
    expect(credits([], times(20, fine))).toEqual([]);
  });

  test('what the usual minute lacks and the past had', () => {
    const usual = times(20, fine);
    expect(credits(times(10, without('look up')), usual, usual)).toHaveLength(10);
    expect(
      credits(times(10, without('look up')), usual, [...times(2, fine), ...times(60, without('look up'))]),
    ).toEqual([]);
  });

  test('a call to an operation that nobody called before', () => {
    const more = { picture: `${fine.picture}\n      offers: GET /offers server 70 +5` };
    const found = credits(times(10, more), times(20, fine));
    expect(found.flatMap(({ what }) => what).some((what) => what.startsWith('+call'))).toBe(false);
  });
});

test('failed runs are compared with all runs, and fine ones with fine ones', () => {
  const failed = { picture: without('look up').picture.replace('+50', '+50 error') };
  const found = credits([...times(10, fine), ...times(10, failed)], times(20, fine));
  expect(found).toHaveLength(10);
  expect(found[0]).toMatchObject({ instance: 'prices', counts: expect.arrayContaining(['0/10, usually 20/20']) });
});

test('the statistic of two shares is none where they are equal, and chi-squared’s where they differ', () => {
  expect(gOf(5, 10, 50, 100)).toBeCloseTo(0, 9);
  expect(gOf(0, 10, 0, 100)).toBe(0);
  // 2·Σ O·ln(O/E) of 0 of 4 against 4 of 4: 2·8·ln 2.
  expect(gOf(0, 4, 4, 4)).toBeCloseTo(16 * Math.log(2), 9);
});
