import { afterAll, beforeAll, expect, test } from 'vitest';
import { explainQuestion } from '../../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { anHour, soundAnswer } from '../bad-input/sound-answer.ts';
import { openExplainStore } from '../real-store.ts';
import { about, checkout, minuteMs, tellChanges, traceEach } from './drawn-shop.ts';

const beganMs = anHour(5);
const bad = { fromMs: beganMs, toMs: beganMs + 6 * minuteMs };
const good = { fromMs: beganMs - 6 * minuteMs, toMs: beganMs };

/** What costs nothing is not paid. */
const free = (): Span[] => drawSpans('web: POST /checkout server 0 +35');

let store: Awaited<ReturnType<typeof openExplainStore>>;
let times: Explanation;
beforeAll(async () => {
  store = await openExplainStore();
  await store.insertSpans(
    traceEach(2000, { fromMs: good.fromMs, toMs: bad.toMs }, (now, n) =>
      n % 5 === 0 ? free() : checkout({ bankMs: about(now < beganMs ? 50 : 500, n), version: '1.0' }),
    ),
  );
  await tellChanges(store, [
    { id: 'c0ffee01', atMs: beganMs - 15_000, kind: 'configuration' },
    { id: 'c0ffee02', atMs: beganMs + 2 * minuteMs, kind: 'flag', service: 'web' },
    { id: 'c0ffee03', atMs: beganMs - 30_000, service: 'inventory' },
  ]);
  const anomaly = (id: string, service: string): string =>
    `('${id}', fromUnixTimestamp64Milli(${beganMs + 5000}), NULL, '${service}', 'critical', '${service} is slow')`;
  await store.command(
    `INSERT INTO obs_anomalies (Id, Start, End, ServiceName, Severity, Summary) VALUES ${anomaly('deface01', 'payment')}, ${anomaly('deface02', 'inventory')}`,
  );
  times = await soundAnswer(store, {
    ask: 'compare',
    bad: { side: 'time', range: bad },
    good: { side: 'time', range: good },
    within: bad,
  });
});
afterAll(() => store.close());

test('two times that follow each other: since when, and what was changed before and after that', () => {
  expect(Math.abs(Date.parse(times.scope.onset?.at ?? '') - beganMs)).toBeLessThanOrEqual(10_000);
  expect(times.suspects[0]).toMatchObject({ service: 'payment' });
  expect(times.suspects[0]?.since?.at).toBe(times.symptoms[0]?.since);
  expect(times.suspects[0]?.why.at(-1)).toBe('configuration 15 s before it began');
  expect(times.changes.map(({ id, relation, blamed }) => [id, relation, blamed])).toEqual([
    ['c0ffee02', 'after-onset', false],
    ['c0ffee01', 'before-onset', true],
  ]);
});

test('what would have been without it, held against traces that do not pass there', () => {
  expect(times.without?.savedMs).toBeGreaterThan(300);
  expect(times.without?.check).toMatchObject({ holds: true });
  expect(times.without?.check?.traces).toBeGreaterThan(20);
  expect(times.without?.evidence[0]?.rows).toMatchObject([
    { side: 'the first', passed: 0 },
    { side: 'the first', passed: 1 },
    { side: 'the second', passed: 0 },
    { side: 'the second', passed: 1 },
  ]);
});

test('what the analyzer found meanwhile, of what differs', () => {
  expect(times.anomalies.map(({ id }) => id)).toEqual(['deface01']);
});

test('of times that lie apart when it began is not told, and nothing is blamed', async () => {
  const apart = await store.run(
    explainQuestion({
      ask: 'compare',
      bad: { side: 'time', range: { fromMs: beganMs + minuteMs, toMs: bad.toMs } },
      good: { side: 'time', range: good },
      within: bad,
    }),
  );
  expect(apart.scope.onset).toBeNull();
  expect(apart.changes.map(({ relation }) => relation)).toEqual(['no-onset', 'no-onset']);
  expect(apart.without?.savedMs).toBeGreaterThan(300);
});

test('the better time beside the worse: nothing would be saved, and nothing is blamed', async () => {
  const back = await store.run(
    explainQuestion({
      ask: 'compare',
      bad: { side: 'time', range: good },
      good: { side: 'time', range: bad },
      within: bad,
    }),
  );
  expect(back.without).toBeNull();
  expect(back.scope.onset).toBeNull();
  expect(back.changes.some(({ blamed }) => blamed)).toBe(false);
});

test('several traces: what was changed around them', async () => {
  const slow = times.trace!.traceId;
  const answer = await soundAnswer(store, { ask: 'traces', traceIds: [slow] });
  expect(answer.changes.map(({ id }) => id)).toContain('c0ffee01');
});
