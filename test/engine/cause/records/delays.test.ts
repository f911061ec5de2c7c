import { describe, expect, test } from 'vitest';
import { delayed, delaysMs } from '../../../../src/engine/cause/records/delay-model.ts';
import { delaysOf } from '../../../../src/engine/cause/records/delays.ts';
import { bins, gapBaseline, valuesOf } from '../../../../src/engine/cause/records/gap-baseline.ts';
import { timingOf } from '../../../../src/engine/cause/records/gaps.ts';
import { tracesOf } from '../../../../src/engine/cause/records/trace-spans.ts';
import { answerBaseline, unansweredOf } from '../../../../src/engine/cause/records/unanswered.ts';
import { type Drawn, times, windowWith } from './drawn-records.ts';

/** The shop asks two services in a row; each gap and each own time can be made longer. */
function shop({ toPrices = 2, fromPrices = 2, toStock = 2, fromStock = 2, pricesWork = 10 } = {}): Drawn {
  const pricesStart = 5 + toPrices;
  const pricesEnd = pricesStart + pricesWork + fromPrices;
  const stockStart = pricesEnd + 5 + toStock;
  const stockEnd = stockStart + 10 + fromStock;
  return {
    picture: `
      shop: GET /cart            server 0 +${stockEnd + 5}
        shop: GET /prices        client 5 +${pricesEnd - 5}
          prices: GET /prices    server ${pricesStart} +${pricesWork}
        shop: GET /stock         client ${pricesEnd + 5} +${stockEnd - pricesEnd - 5}
          stock: GET /stock      server ${stockStart} +10`,
  };
}

const timing = (traces: readonly Drawn[]) => timingOf(tracesOf(windowWith(traces)));

function delays(now: readonly Drawn[], usual: readonly Drawn[] = times(60, shop())) {
  const [present, past] = [timing(now), timing(usual)];
  const unanswered = unansweredOf(present.sites, answerBaseline(past.sites));
  return [...delaysOf(present, [gapBaseline(valuesOf(past, new Set()))], unanswered).values()].sort(
    (a, b) => b.score - a.score,
  );
}

test('gaps as usual are nobody’s delay', () => {
  expect(delays(times(30, shop()))).toEqual([]);
});

test('a pod whose messages are late in both directions is the one between them', () => {
  const [first, ...others] = delays(times(30, shop({ toPrices: 202, fromPrices: 202 })));
  expect(first).toMatchObject({ instance: 'prices', delayMs: 200, mode: 'both' });
  for (const other of others) expect(other.score).toBeLessThan(first!.score);
});

test('a caller is to blame where all its callees are late', () => {
  const [first] = delays(times(30, shop({ toPrices: 102, toStock: 102 })));
  expect(first).toMatchObject({ instance: 'shop', delayMs: 100, mode: 'out' });
});

test('late answers of one callee are what it sends', () => {
  const [first] = delays(times(30, shop({ fromPrices: 402 })));
  expect(first).toMatchObject({ instance: 'prices', delayMs: 400, mode: 'out' });
});

test('late requests to one callee are what it receives', () => {
  const [first] = delays(times(30, shop({ toStock: 402 })));
  expect(first).toMatchObject({ instance: 'stock', mode: 'in' });
});

test('where the calls of one of its callers are late alone, it is the edge between the two', () => {
  // Prices has another caller, whose calls are as quick as ever.
  const other: Drawn = {
    picture: `
      admin: GET /prices        client 0 +14
        prices: GET /prices     server 2 +10`,
  };
  const usual = [...times(60, shop()), ...times(60, other)];
  const found = delays([...times(8, shop({ toPrices: 402, fromPrices: 402 })), ...times(60, other)], usual);
  expect(found.map(({ instance, peer }) => [instance, peer]).toSorted()).toEqual([
    ['prices', 'shop'],
    ['shop', 'prices'],
  ]);
});

test('work that takes longer is the instance’s own', () => {
  const [first] = delays(times(30, shop({ pricesWork: 410 })));
  expect(first).toMatchObject({ instance: 'prices', mode: 'slow', delayMs: 400 });
});

test('a part of the calls is enough, and is told as a part', () => {
  const [first] = delays([...times(10, shop({ toStock: 402 })), ...times(20, shop())]);
  expect(first?.instance).toBe('stock');
  expect(first?.share).toBe(0.3);
});

test('gaps that are usually that long at times say less', () => {
  const now = times(10, shop({ toStock: 402 }));
  const [calm] = delays(now);
  const [noisy] = delays(now, [...times(60, shop()), ...times(30, shop({ toStock: 402 }))]);
  expect(noisy?.score ?? 0).toBeLessThan(calm!.score / 2);
});

describe('calls without a span of their callee', () => {
  const unanswered: Drawn = {
    picture: `
      shop: GET /cart            server 0 +300
        shop: GET /prices        client 5 +20
          prices: GET /prices    server 7 +10
        shop: GET /stock         client 50 +240`,
  };

  test('make caller and callee suspect, where they usually have one', () => {
    const found = delays(times(5, unanswered));
    expect(found.map(({ instance }) => instance).toSorted()).toContain('stock');
    expect(found.find(({ instance }) => instance === 'stock')?.unanswered).toHaveLength(5);
  });

  test('mean nothing where it was always so', () => {
    const found = delays(times(5, unanswered), times(60, unanswered));
    expect(found.flatMap((delay) => delay.unanswered)).toEqual([]);
  });
});

test('with nothing to compare with there is no delay', () => {
  expect(delays(times(30, shop({ toStock: 402 })), [])).toEqual([]);
  expect(delays([])).toEqual([]);
});

test('a modelled delay is a probability, mostly about its own length', () => {
  for (const [at, probabilities] of delayed.entries()) {
    expect(probabilities.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 4);
    const likeliest = probabilities.indexOf(Math.max(...probabilities));
    expect(likeliest).toBe(Math.min(bins - 1, Math.floor(Math.log2(delaysMs[at]! / 4)) + 1));
  }
});
