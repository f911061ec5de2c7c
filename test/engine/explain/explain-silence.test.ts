import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvidence } from '../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../src/engine/explain/evidence/check.ts';
import { explainQuestion } from '../../../src/engine/explain/explain-question.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import type { TimeRange } from '../../../src/engine/explain/question.ts';
import type { Span } from '../../../src/engine/explain/span.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { at, openExplainStore } from './real-store.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A full hour of the last half day: what is older than the retention would vanish on insert. */
const start = Math.floor(Date.now() / hourMs) * hourMs - 8 * hourMs;
const id = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);

const order = drawSpans(`
  shop: POST /orders         server  0 +60
    shop: POST /reserve      client  5 +40   service.peer.name=stock
      stock: POST /reserve   server 10 +25
`);
const refused = drawSpans(`
  shop: POST /orders         server  0 +20 error=refused
    shop: POST /reserve      client  5 +10 error=refused   service.peer.name=stock
`);

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
});
afterAll(() => store.close());

const explained = (range: TimeRange): Promise<Explanation> =>
  store.run(explainQuestion({ ask: 'range', range, services: ['shop'] }));

/** An order each second from `fromMs` on, as `of` draws it. */
const orders = (seconds: number, fromMs: number, first: number, of: (n: number) => Span[]): Promise<void> =>
  store.insertSpans(Array.from({ length: seconds }, (_, n) => at(of(n), fromMs + n * 1000, id(first + n))).flat());

async function expectEvidenceToHold(explanation: Explanation): Promise<void> {
  const evidence = allEvidence(explanation);
  expect(evidence.length).toBeGreaterThan(0);
  const checked = await store.run(Effect.forEach(evidence, (one) => recheck(one.evidence)));
  expect(checked.filter((one) => !('holds' in one) || !one.holds)).toEqual([]);
}

describe('a service that answers nothing any more', () => {
  const asked = { fromMs: start + 10 * minuteMs, toMs: start + 12 * minuteMs };
  let answer: Explanation;
  beforeAll(async () => {
    await orders(720, start, 1, (n) => (n < 630 ? order : refused));
    await store.command(
      `INSERT INTO obs_anomalies (Id, Start, Peak, Found, ServiceName, Severity, Score, Summary, Detectors)
       VALUES ('a0000001', fromUnixTimestamp64Milli(${start + 630_000}), fromUnixTimestamp64Milli(${start + 640_000}), fromUnixTimestamp64Milli(${start + 650_000}), 'shop', 'critical', 9, 'shop fails', ['errors'])`,
    );
    answer = await explained(asked);
  });

  test('is blamed for the failures of who calls it, since its last answer', () => {
    expect(answer.suspects[0]).toMatchObject({
      service: 'stock',
      since: { at: new Date(start + 630_000).toISOString() },
    });
    expect(answer.suspects[0]?.why.join(' ')).toContain('it answered nothing since');
  });

  test('each reason for it has rows: what it answered before and since, and what was called', () => {
    const titles = answer.suspects[0]!.evidence.map(({ title }) => title);
    expect(titles).toContain('Calls that stock and those that call it answered, before and since');
    const row = answer.suspects[0]!.evidence.find(({ title }) => title.startsWith('Calls that stock'))!.rows[0];
    expect(row).toMatchObject({ service: 'stock' });
    expect(Number(row?.['calls_since'])).toBe(0);
    for (const { why, evidence } of answer.suspects) expect(evidence.length, why.join()).toBeGreaterThan(0);
  });

  test('what the analyzer found is there with its row', () => {
    expect(answer.anomalies).toMatchObject([{ id: 'a0000001', evidence: [{ rows: [{ summary: 'shop fails' }] }] }]);
  });

  test('all of its evidence holds', () => expectEvidenceToHold(answer));

  test('is named by one of the failed traces too, but not by the first ones, when it may have been a hiccup', async () => {
    const late = await store.run(explainQuestion({ ask: 'trace', traceId: id(1 + 700) }));
    expect(late.verdict.culprit).toMatchObject({ service: 'stock' });
    expect(late.verdict.sentence).toContain('stock does not answer: shop "POST /reserve" fails');
    await expectEvidenceToHold(late);
    const first = await store.run(explainQuestion({ ask: 'trace', traceId: id(1 + 632) }));
    expect(first.verdict.culprit).toMatchObject({ service: 'shop', dependency: 'stock' });
  });
});

describe('traffic that ends', () => {
  const began = start + 2 * hourMs;

  test('within the time is told with when, and blamed on nobody', async () => {
    await orders(660, began, 2000, () => order);
    const answer = await explained({ fromMs: began + 10 * minuteMs, toMs: began + 12 * minuteMs });
    expect(answer.verdict.culprit).toBeNull();
    const at = new Date(began + 11 * minuteMs).toISOString().slice(11, 19);
    expect(answer.verdict.sentence).toBe(
      `shop "POST /orders" was not called any more since ${at}, usually once a second. Nothing is slow or failing.`,
    );
    const [symptom] = answer.symptoms;
    expect(symptom).toMatchObject({ what: 'traffic', present: 0, calls: 0 });
    const usually = symptom!.evidence[0]!.rows.find((row) => row['time'] === 'usually');
    expect(Number(usually?.['calls_per_second'])).toBeCloseTo(symptom!.usual!, 3);
    await expectEvidenceToHold(answer);
  });

  test('before the time is told as well', async () => {
    const answer = await explained({ fromMs: began + 11.5 * minuteMs, toMs: began + 14 * minuteMs });
    expect(answer.verdict.sentence).toContain('was not called any more since');
  });
});
