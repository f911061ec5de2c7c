import { describe, expect, test } from 'vitest';
import {
  deviationsFrom,
  learnPast,
  recordDeviations,
  type RecordDeviations,
} from '../../../../src/engine/cause/records/deviations.ts';
import { type Drawn, minuteMs, noonMs, times, windowWith } from './drawn-records.ts';

const minutesAgo = (minutes: number) => noonMs - minutes * minuteMs;

/** A web that calls the shop, which calls prices and stock. */
function shop({ lookUp = true, writes = true, toStock = 2 } = {}): Drawn {
  return {
    picture: `
      web: GET /cart             server 0 +${200 + toStock}
        shop: GET /cart          server 2 +${190 + toStock}
          shop: GET /prices      client 10 +30
            prices: GET /prices  server 12 +26
              ${lookUp ? 'prices: look up internal 14 +5' : 'prices: give up internal 14 +5'}
          shop: GET /stock       client 50 +${14 + toStock}
            stock: GET /stock    server ${50 + toStock} +12
              ${writes ? 'stock: reserve internal 52 +5' : 'stock: refuse internal 52 +5'}`,
  };
}

function structureOf({ structure }: RecordDeviations): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { instance, score } of structure) sums[instance] = (sums[instance] ?? 0) + score;
  return sums;
}

test('nothing is unusual where all is as ever', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(10));
  const found = recordDeviations({ analysed: windowWith(times(30, shop())), usual, history: [] });
  expect(found.structure).toEqual([]);
  expect(found.delays.size).toBe(0);
});

test('the instance that leaves a step out is found, and alone', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(10));
  const found = recordDeviations({ analysed: windowWith(times(10, shop({ lookUp: false }))), usual, history: [] });
  expect(Object.keys(structureOf(found))).toEqual(['prices']);
});

test('trouble of the past does not hide the same trouble now', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(60));
  const troubled = (minutes: number) => windowWith(times(10, shop({ lookUp: false })), minutesAgo(minutes));
  const found = recordDeviations({
    analysed: windowWith(times(10, shop({ lookUp: false }))),
    usual,
    history: [troubled(3), troubled(2)],
  });
  expect(structureOf(found)['prices']).toBeGreaterThan(5);
  expect(found.leftOut).toEqual([
    { fromMs: minutesAgo(3), instances: ['prices'] },
    { fromMs: minutesAgo(2), instances: ['prices'] },
  ]);
});

test('trouble lasts: it is left out as well of the minute in which another was in more of it', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(60));
  const history = [
    windowWith(times(20, shop({ lookUp: false })), minutesAgo(4)),
    windowWith([...times(12, shop({ lookUp: false })), ...times(30, shop({ writes: false }))], minutesAgo(3)),
  ];
  const found = recordDeviations({ analysed: windowWith(times(20, shop({ lookUp: false }))), usual, history });
  expect(found.leftOut.map(({ instances }) => instances.includes('prices'))).toEqual([true, true]);
});

test('who deviates a little in most minutes is like that, and it is known of it', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(600));
  const mixed = [...times(8, shop({ lookUp: false })), ...times(16, shop())];
  const history = [5, 8, 11].map((minutes) => windowWith(mixed, minutesAgo(minutes)));
  const scoreWith = (past: typeof history): number =>
    structureOf(recordDeviations({ analysed: windowWith(mixed), usual, history: past }))['prices'] ?? 0;
  expect(scoreWith([])).toBeGreaterThan(5);
  expect(scoreWith(history)).toBeLessThan(scoreWith([]) / 2);
});

test('a caller that changes its ways after a delayed call is a victim of the callee', () => {
  const usual = windowWith(times(40, shop()), minutesAgo(10));
  const slow = shop({ toStock: 402 });
  const gaveUp: Drawn = { ...slow, logs: [{ span: 2, ms: 500, body: 'stock took too long' }] };
  const found = recordDeviations({ analysed: windowWith(times(20, gaveUp)), usual, history: [] });
  expect(found.delays.get('stock')?.score).toBeGreaterThan(5);
  expect(Object.keys(structureOf(found))).toEqual(['stock']);
  expect(found.structure[0]?.through?.name).toBe('GET /stock');
});

test('the past is learned once for several windows', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(10));
  const history = [windowWith(times(30, shop()), minutesAgo(5))];
  const learned = learnPast(usual, history);
  const odd = windowWith(times(10, shop({ writes: false })));
  expect(structureOf(deviationsFrom(learned, windowWith(times(10, shop()))))).toEqual({});
  expect(structureOf(deviationsFrom(learned, odd))).toEqual(
    structureOf(recordDeviations({ analysed: odd, usual, history })),
  );
});

describe('odd input', () => {
  const usual = windowWith(times(30, shop()), minutesAgo(10));
  const nothing = windowWith([]);

  test('empty windows differ in nothing', () => {
    for (const [analysed, before] of [
      [nothing, nothing],
      [nothing, usual],
      [windowWith(times(10, shop())), nothing],
    ] as const) {
      const found = recordDeviations({ analysed, usual: before, history: [nothing] });
      expect(found.structure).toEqual([]);
      expect(found.delays.size).toBe(0);
    }
  });

  test('one instance that does everything can still differ', () => {
    const alone = (step: string): Drawn => ({ picture: `one: job server 0 +10\n  one: ${step} internal 1 +2` });
    const found = recordDeviations({
      analysed: windowWith(times(10, alone('skip'))),
      usual: windowWith(times(20, alone('work')), minutesAgo(5)),
      history: [],
    });
    expect(Object.keys(structureOf(found))).toEqual(['one']);
  });

  test('cycles, missing parents and callees before their callers give finite scores', () => {
    const odd: Drawn = {
      picture: `
        shop: a   server 0 +30 id=1 parent=3
        prices: b server -40 +20 id=2 parent=1
        stock: c  server 2 +10 id=3 parent=2
        web: d    server 3 +0 id=4 parent=99
        web: e    server 3 +0 id=5 parent=5`,
    };
    const found = recordDeviations({
      analysed: windowWith([...times(10, odd), ...times(10, shop())]),
      usual: windowWith([...times(10, odd), ...times(10, shop())], minutesAgo(5)),
      history: [windowWith(times(5, odd), minutesAgo(7))],
    });
    expect(found.structure).toEqual([]);
    for (const { score } of found.delays.values()) expect(Number.isFinite(score)).toBe(true);
  });

  test('a window of the past that lies in the future is not what was so lately', () => {
    const future = windowWith(times(30, shop({ toStock: 402 })), noonMs + 10 * minuteMs);
    const found = recordDeviations({
      analysed: windowWith(times(20, shop({ toStock: 402 }))),
      usual,
      history: [future],
    });
    expect(found.delays.get('stock')?.score).toBeGreaterThan(0);
  });

  test('a thousand spans at one moment, of one parent', () => {
    const many: Drawn = {
      picture: ['shop: all server 0 +10', ...Array.from({ length: 1000 }, () => '  shop: x internal 0 +0')].join('\n'),
    };
    const found = recordDeviations({
      analysed: windowWith([many, many]),
      usual: windowWith([many, many]),
      history: [],
    });
    expect(found.structure).toEqual([]);
  });
});

test('the same input gives the same answer, whatever the order of its records', () => {
  const input = {
    analysed: windowWith([...times(10, shop({ lookUp: false })), ...times(10, shop({ toStock: 202 }))]),
    usual: windowWith(times(30, shop()), minutesAgo(10)),
    history: [windowWith(times(30, shop()), minutesAgo(5))],
  };
  const turned = { ...input, analysed: { ...input.analysed, spans: input.analysed.spans.toReversed() } };
  const scores = (found: RecordDeviations) => [
    Object.entries(structureOf(found)).toSorted(),
    [...found.delays].map(([instance, { score }]) => [instance, score.toFixed(9)]).toSorted(),
  ];
  expect(scores(recordDeviations(turned))).toEqual(scores(recordDeviations(input)));
});
