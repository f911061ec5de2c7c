import { expect, test } from 'vitest';
import { type Delayed, withDelay } from '../../../../bench/score/nezha/simulate.ts';
import { windowWith } from './drawn-records.ts';

/** The board of simulated delays stands on these: what a delay does to a trace. */
const trace = {
  picture: `
    web: GET /cart             server 0 +100
      web: GET /prices         client 10 +40
        prices: GET /prices    server 12 +36
          prices: SELECT       client 20 +10 db.system.name=mysql
      web: GET /stock          client 60 +30
        stock: GET /stock      server 62 +26`,
  logs: [
    { span: 1, ms: 5, body: 'before' },
    { span: 1, ms: 55, body: 'between' },
  ],
};

/** Draws the same number each time: at a half messages have no jitter and begin no connection. */
const always = (drawn: number) => ({ next: () => drawn, normal: () => 0, word: () => '' });

function delayed(delay: Partial<Delayed> & Pick<Delayed, 'pod' | 'direction'>) {
  const window = windowWith([trace]);
  const { window: after, calls } = withDelay(window, { peer: null, delayMs: 1000, share: 1, ...delay }, always(0.5));
  const moved = window.spans.map((span) => {
    const now = after.spans.find(({ spanId }) => spanId === span.spanId)!;
    const seconds = (ms: number): number => Math.round(ms / 1000);
    return [span.name, seconds(now.startMs - span.startMs), seconds(now.durationMs - span.durationMs)] as const;
  });
  const logs = window.logs.map(({ body, timeMs }) => {
    const now = after.logs.find((log) => log.body === body)!;
    return [body, Math.round((now.timeMs - timeMs) / 1000)] as const;
  });
  return { calls, starts: moved.map(([, start]) => start), longer: moved.map(([, , more]) => more), logs };
}

test('what a callee sends comes late: its caller waits, all that follows moves, and it itself notices its database alone', () => {
  const { calls, starts, longer, logs } = delayed({ pod: 'prices', direction: 'out' });
  expect(calls).toBe(2);
  // GET /cart, the call, prices, SELECT, the other call, stock
  expect(starts).toEqual([0, 0, 0, 0, 2, 2]);
  expect(longer).toEqual([2, 2, 1, 1, 0, 0]);
  expect(logs).toEqual([
    ['before', 0],
    ['between', 2],
  ]);
});

test('what a callee receives comes late: it begins later', () => {
  const { starts, longer } = delayed({ pod: 'stock', direction: 'in' });
  expect(starts).toEqual([0, 0, 0, 0, 0, 1]);
  expect(longer).toEqual([1, 0, 0, 0, 1, 0]);
});

test('of one edge alone the others stay as they are', () => {
  const { calls, longer } = delayed({ pod: 'web', direction: 'both', peer: 'stock' });
  expect(calls).toBe(1);
  expect(longer).toEqual([2, 0, 0, 0, 2, 0]);
});

test('of databases alone the client span lasts longer', () => {
  const { calls, longer } = delayed({ pod: 'prices', direction: 'both', peer: 'database' });
  expect(calls).toBe(1);
  expect(longer).toEqual([2, 2, 2, 2, 0, 0]);
});

test('a pod that is not there delays nothing', () => {
  const { calls, longer } = delayed({ pod: 'bank', direction: 'both' });
  expect(calls).toBe(0);
  expect(longer).toEqual([0, 0, 0, 0, 0, 0]);
});
