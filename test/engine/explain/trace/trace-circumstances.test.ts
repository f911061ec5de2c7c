import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainTrace } from '../../../../src/engine/explain/explain-trace.ts';
import type { TraceExplanation } from '../../../../src/engine/explain/explanation.ts';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import { recheck } from '../../../../src/engine/explain/evidence/check.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';

/** A checkout that is paid by card at a bank without spans of its own, or by invoice, which asks nobody. */
const byCard = (bankMs: number, version: string): Span[] =>
  drawSpans(`
    web: POST /checkout              server  0 +${bankMs + 40}  app.payment=card
      web: POST /payments            client  5 +${bankMs + 30}  service.peer.name=payment
        payment: POST /payments      server 10 +${bankMs + 20}  service.version=${version}
          payment: POST /charges     client 15 +${bankMs}       service.peer.name=bank
  `);
/** An order that stock picks, which fails for one tenant, or that is delivered by mail, which asks nobody. */
const picked = (fails: boolean): Span[] =>
  drawSpans(`
    shop: POST /order                server  0 +30 ${fails ? 'error' : ''}  app.tenant=${fails ? 'acme' : 'birch'}
      shop: POST /reserve            client  5 +20 ${fails ? 'error' : ''}
        stock: POST /pick            server  8 +10 ${fails ? 'error="no dock"' : ''}
  `);
const mailed = drawSpans('shop: POST /order  server 0 +30  app.tenant=birch');
const byInvoice = drawSpans('web: POST /checkout  server 0 +80  app.payment=invoice');

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** A full hour of the last half day: what is older than the retention would vanish on insert. */
const start = Math.floor(Date.now() / hourMs) * hourMs - 8 * hourMs;
const troubleMs = start + 20 * minuteMs;
const deployedMs = troubleMs - 30_000;
const id = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);

let store: Awaited<ReturnType<typeof openExplainStore>>;
let answer: TraceExplanation;

beforeAll(async () => {
  store = await openExplainStore();
  // Twenty-two minutes, a checkout every 2 s, each third by invoice. In the last two the bank is slow.
  const spans = Array.from({ length: 660 }, (_, n) => {
    const atMs = start + n * 2000;
    const bankMs = atMs >= troubleMs ? 900 + 10 * (n % 9) : 50 + (n % 7);
    return at(n % 3 === 2 ? byInvoice : byCard(bankMs, atMs >= deployedMs ? '2.0' : '1.0'), atMs, id(n + 1));
  });
  await store.insertSpans(spans.flat());
  // Ten minutes, an order every 2 s, each third by mail. In the last one acme's fail.
  const orders = Array.from({ length: 300 }, (_, n) => {
    const own = n % 3 === 2 ? mailed : picked(n >= 270 && n % 3 === 0);
    return at(own, start + hourMs + n * 2000, id(3000 + n));
  });
  await store.insertSpans(orders.flat());
  await change('c0ffee000001', troubleMs + 40_000, 'configuration', 'payment');
  await change('c0ffee000002', troubleMs - 60_000, 'flag', 'web');
  await change('c0ffee000003', troubleMs - 60_000, 'flag', 'search');
  await change('c0ffee000004', troubleMs + 10 * minuteMs, 'flag', 'payment');
  await anomaly('a0', troubleMs + 10_000, null, 'payment', 'payment answers slowly');
  await anomaly('a1', troubleMs + 20_000, troubleMs + 50_000, 'web', 'web answers slowly');
  await anomaly('a2', troubleMs + 20_000, null, 'search', 'search answers slowly');
  await anomaly('a3', start, start + minuteMs, 'web', 'web was slow once');
  await anomaly('a4', troubleMs + 90_000, null, 'web', 'web fails');
  answer = await store.run(explainTrace(slowId));
});
afterAll(() => store.close());

/** A checkout by card a minute into the trouble, and one by card that was fine. */
const slowId = id(1 + (20 * 30 + 30));
const fineId = id(1 + 300);

const change = (changeId: string, atMs: number, kind: string, service: string): Promise<void> =>
  store.command(
    `INSERT INTO obs_changes (Id, At, Kind, ServiceName, Source) VALUES ('${changeId}', fromUnixTimestamp64Milli(toInt64(${atMs})), '${kind}', '${service}', 'command')`,
  );

const anomaly = (anomalyId: string, startMs: number, endMs: number | null, service: string, summary: string) => {
  const timeOf = (unixMs: number | null): string =>
    unixMs === null ? 'NULL' : `fromUnixTimestamp64Milli(toInt64(${unixMs}))`;
  return store.command(
    `INSERT INTO obs_anomalies (Id, Start, Peak, End, Found, ServiceName, Severity, Summary)
     VALUES ('${anomalyId}', ${timeOf(startMs)}, ${timeOf(startMs)}, ${timeOf(endMs)}, ${timeOf(startMs)}, '${service}', 'warning', '${summary}')`,
  );
};

describe('a trace that is slow since a deployment', () => {
  test('names the service that was deployed', () => {
    expect(answer.verdict.culprit).toMatchObject({ service: 'payment' });
  });

  describe('changes of its services', () => {
    const of = (part: string) =>
      answer.changes.find(({ id: changeId, sentence }) => `${changeId} ${sentence}`.includes(part));

    test('the deployment before it began is blamed', () => {
      expect(of('2.0')).toMatchObject({ service: 'payment', relation: 'before-onset', blamed: true });
      expect(of('2.0')?.sentence).toBe('payment 2.0 was deployed (1.0 before) 30 s before it began.');
    });

    test('what was changed after it began, if before this trace, is not', () => {
      expect(of('c0ffee000001')).toMatchObject({ relation: 'after-onset', blamed: false });
    });

    test('nor is that of a service which is not at fault, though it was in time', () => {
      expect(of('c0ffee000002')).toMatchObject({ service: 'web', relation: 'before-onset', blamed: false });
    });

    test('other services, and what came after the trace, have no part in it', () => {
      expect(of('c0ffee000003')).toBeUndefined();
      expect(of('c0ffee000004')).toBeUndefined();
    });

    test('the newest comes first', () => {
      const times = answer.changes.map((one) => one.at);
      expect(times).toEqual(times.toSorted().toReversed());
    });
  });

  test('what the analyzer found in its services meanwhile stands beside it', () => {
    expect(answer.anomalies.map(({ id: anomalyId, service }) => [anomalyId, service])).toEqual([
      ['a0', 'payment'],
      ['a1', 'web'],
    ]);
  });

  test('what was slow in it is told from the bank up to the checkout', () => {
    expect(answer.symptoms.map(({ service, operation }) => `${service} ${operation}`)).toEqual([
      'payment POST /charges',
      'payment POST /payments',
      'web POST /checkout',
    ]);
    const [first] = answer.symptoms;
    expect(first?.evidence.map(({ rows }) => rows.length)).toEqual([3, 3]);
  });

  test('without it the trace would have been quick, as those were that did not pay by card', () => {
    expect(answer.without).toMatchObject({ errorsAvoided: 0, check: { holds: true } });
    expect(answer.without?.savedMs).toBeGreaterThan(800);
    expect(answer.without?.sentence).toMatch(
      /^Without it this trace would have taken about 9\d ms, not 940 ms: 90 % less\.$/,
    );
    expect(answer.without?.check?.sentence).toMatch(
      /^\d+ traces of that time did not pass there, and took 80 ms in the median: as usual/,
    );
  });

  test('slow checkouts are those that are paid by card', () => {
    expect(answer.attributes[0]).toMatchObject({
      attributes: [{ key: 'app.payment', value: 'card', service: 'web', origin: 'span' }],
      operation: 'POST /checkout',
    });
    const { bad, badAll, good, goodAll } = answer.attributes[0]!;
    expect(bad).toBe(badAll);
    expect(good).toBeLessThan(goodAll);
    expect(answer.attributes[0]?.sentence).toMatch(/^`app\.payment=card` on web: \d+ of \d+ slow requests, /);
  });

  test('all of its evidence holds when asked again, and so does the answer', async () => {
    const evidence = allEvidence(answer);
    const checked = await store.run(Effect.forEach(evidence, (one) => recheck(one.evidence)));
    expect(checked.filter((one) => !('holds' in one) || !one.holds)).toEqual([]);
    expect(await store.run(explainTrace(slowId))).toEqual(answer);
  });
});

describe('a trace that failed', () => {
  let failed: TraceExplanation;
  beforeAll(async () => {
    failed = await store.run(explainTrace(id(3000 + 288)));
  });

  test('would not have failed without what failed in it, and orders by mail did not', () => {
    expect(failed.verdict.culprit).toMatchObject({ service: 'stock', operation: 'POST /pick' });
    expect(failed.without).toMatchObject({ errorsAvoided: 1, savedMs: 0, check: { holds: true } });
    expect(failed.without?.sentence).toBe('Without it this trace would not have failed.');
    expect(failed.without?.check?.sentence).toMatch(
      /^\d+ traces of that time did not pass there, and failed in 0 cases/,
    );
  });

  test('orders that fail are those of one tenant', () => {
    expect(failed.attributes[0]).toMatchObject({
      attributes: [{ key: 'app.tenant', value: 'acme' }],
      good: 0,
    });
    expect(failed.attributes[0]?.sentence).toContain('failed requests');
  });

  test('tells where it began to fail before who called it', () => {
    expect(failed.symptoms.map(({ sentence }) => sentence)).toEqual([
      'stock "POST /pick" failed in this trace, usually in none.',
      'shop "POST /order" failed in this trace, usually in none.',
    ]);
  });
});

test('of a trace as ever nothing is asked that would have to explain it', async () => {
  const fine = await store.run(explainTrace(fineId));
  expect(fine.verdict.severity).toBeNull();
  expect(fine).toMatchObject({ symptoms: [], without: null, attributes: [], changes: [], anomalies: [] });
});
