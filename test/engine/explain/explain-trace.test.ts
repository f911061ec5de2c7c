import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { explainTrace } from '../../../src/engine/explain/explain-trace.ts';
import type { Explanation } from '../../../src/engine/explain/explanation.ts';
import { renderMarkdown } from '../../../src/engine/explain/render/markdown.ts';
import { renderText } from '../../../src/engine/explain/render/text.ts';
import { readChoice, resolveTrace, type TraceChoice } from '../../../src/engine/explain/resolve-trace.ts';
import type { Span } from '../../../src/engine/explain/span.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { at, openExplainStore } from './real-store.ts';

/** A shop whose checkout pays at a bank that sends no spans; `bankMs` says how long the bank takes. */
const checkout = (bankMs: number, version = '1.0'): Span[] =>
  drawSpans(`
    web: POST /checkout              server  0 +${bankMs + 40}  service.version=7
      web: POST /payments            client  5 +${bankMs + 30}  service.peer.name=payment
        payment: POST /payments      server 10 +${bankMs + 20}  service.version=${version}
          payment: POST /charges     client 15 +${bankMs}       service.peer.name=bank
  `);

/** A full hour of the last half day: what is older than the retention would vanish on insert. */
const hourMs = 3_600_000;
const start = Math.floor(Date.now() / hourMs) * hourMs - 8 * hourMs;
const id = (n: number): string => n.toString(16).padStart(4, '0').repeat(8);
const slowId = 'abcdef0123456789abcdef0123456789';

/** A healthy minute: what tells that payment sends spans of its own. */
const checkoutsBefore = (unixMs: number) =>
  Array.from({ length: 20 }, (_, n) => at(checkout(50), unixMs - 90_000 + n * 3000, id(7000 + n))).flat();

let store: Awaited<ReturnType<typeof openExplainStore>>;

beforeAll(async () => {
  store = await openExplainStore();
  // Ten healthy minutes, three checkouts in each window of 10 s; then half a minute in which the bank is slow.
  const healthy = Array.from({ length: 180 }, (_, n) => at(checkout(50 + (n % 7)), start + n * 3333, id(n + 1)));
  const slow = Array.from({ length: 9 }, (_, n) =>
    at(checkout(1900 + 10 * n), start + 600_000 + n * 3333, id(n + 500)),
  );
  await store.insertSpans([...healthy.flat(), ...slow.flat()]);
  await store.insertSpans(at(checkout(2000), start + 631_000, slowId));
  await store.insertLogs(slowId, start + 631_000, [
    {
      atNs: 20e6,
      spanId: '4'.padStart(16, '0'),
      service: 'payment',
      severity: 'WARN',
      severityNumber: 13,
      body: 'the bank is slow',
      exceptionType: '',
      exceptionMessage: '',
    },
  ]);
});
afterAll(() => store.close());

/** Every statement of the explanation runs as it stands and yields the rows that it came with. */
async function expectEvidenceToHold(explanation: Explanation): Promise<void> {
  const evidence = explanation.findings.flatMap((finding) => finding.evidence);
  expect(evidence.length).toBeGreaterThan(0);
  for (const { sql, rows } of evidence) {
    expect(await store.run(Effect.flatMap(QueryClient, (client) => client.rows(sql)))).toEqual(rows);
  }
}

describe('a trace that waits for a slow bank', () => {
  test('is explained by the bank, against the time before it turned slow', async () => {
    const explanation = await store.run(explainTrace(slowId));
    expect(explanation.verdict).toMatchObject({
      finding: 'slow-dependency',
      severity: 'critical',
      culprit: { service: 'payment', operation: 'POST /charges', dependency: 'bank' },
    });
    expect(explanation.trace).toMatchObject({ durationMs: 2040, spans: 4, services: ['web', 'payment'] });
    // The half minute of fault is not part of what is usual.
    expect(explanation.trace.onset?.at).toBe(new Date(start + 600_000).toISOString());
    expect(explanation.trace.usual).toMatchObject({ calls: 180, errors: 0 });
    expect(explanation.trace.usual!.p50Ms).toBeGreaterThan(85);
    expect(explanation.trace.usual!.p50Ms).toBeLessThan(100);
    expect(explanation.path.reduce((sum, { selfMs }) => sum + selfMs, 0)).toBeCloseTo(2040, 6);
    expect(explanation.logs).toMatchObject([{ body: 'the bank is slow', atMs: 20 }]);
  });

  test('carries evidence that re-runs equal, also after more data arrived', async () => {
    const explanation = await store.run(explainTrace(slowId));
    await expectEvidenceToHold(explanation);
    for (const { rows } of explanation.findings[0]!.evidence) expect(rows.length).toBeGreaterThan(0);
    await store.insertSpans(at(checkout(3000), start + 700_000, id(900)));
    await expectEvidenceToHold(explanation);
    expect(await store.run(explainTrace(slowId))).toEqual(explanation);
  });

  test('shows its evidence in the text and in Markdown', async () => {
    const explanation = await store.run(explainTrace(slowId));
    const text = renderText(explanation);
    expect(text).toContain('How long the operation took before');
    expect(text).toMatch(/calls +errors +p50_p95_p99_ms\n +180 +0 +5\d/);
    expect(text).toMatch(/… \d+ more rows/);
    expect(renderMarkdown(explanation)).toContain('| 180 | 0 |');
  });

  test('a healthy trace has no finding', async () => {
    const explanation = await store.run(explainTrace(id(100)));
    expect(explanation.findings).toEqual([]);
    expect(explanation.verdict.finding).toBeNull();
    expect(explanation.verdict.sentence).toContain('within its usual range');
  });

  test('the very first trace says that there is no history', async () => {
    const explanation = await store.run(explainTrace(id(1)));
    expect(explanation.trace.usual).toBeNull();
    expect(explanation.missing.map(({ text }) => text)).toContain(
      'There is no history of these operations yet, so nothing can be called unusual.',
    );
  });
});

describe('what surrounds a trace is looked at', () => {
  const later = start + 3 * hourMs;

  test('a version that is slower than the one before is the culprit', async () => {
    const own = (ms: number, version: string): Span[] =>
      drawSpans(`
        shop: GET /                 server 0 +${ms + 20} service.version=1
          shop: GET /cart           client 5 +${ms + 10}
            cart: GET /cart         server 8 +${ms} service.version=${version}
      `);
    const old = Array.from({ length: 60 }, (_, n) => at(own(20 + (n % 3), '3.1'), later + n * 5000, id(1000 + n)));
    const young = Array.from({ length: 20 }, (_, n) =>
      at(own(300 + (n % 9), '3.2'), later + 300_000 + n * 2000, id(1100 + n)),
    );
    await store.insertSpans([...old.flat(), ...young.flat()]);
    const explanation = await store.run(explainTrace(id(1119)));
    expect(explanation.verdict).toMatchObject({ finding: 'bad-deploy', culprit: { service: 'cart', version: '3.2' } });
    expect(explanation.next.map(({ command }) => command)).toContain('obs traces --attr service.version=3.2 --slowest');
    await expectEvidenceToHold(explanation);
    // The first trace of the new version is understood from those that came after it.
    const first = await store.run(explainTrace(id(1100)));
    expect(first.verdict).toMatchObject({ finding: 'bad-deploy', culprit: { service: 'cart', version: '3.2' } });
  });

  test('a process whose memory grows while it loses time is named', async () => {
    const at0 = later + hourMs;
    const reserve = (ms: number): Span[] => drawSpans(`stock: POST /reserve server 0 +${ms} service.version=1`);
    await store.insertSpans(
      Array.from({ length: 150 }, (_, n) =>
        at(reserve(n < 90 ? 10 : 10 + (n - 90) * 20), at0 + n * 2000, id(2000 + n)),
      ).flat(),
    );
    await store.insertGauges(
      Array.from({ length: 60 }, (_, n) => ({
        service: 'stock',
        metric: 'v8js.memory.heap.used',
        unixMs: at0 + n * 5000,
        value: 50e6 + Math.max(0, n - 30) * 8e6,
      })),
    );
    const explanation = await store.run(explainTrace(id(2149)));
    expect(explanation.verdict).toMatchObject({ finding: 'memory-leak', culprit: { service: 'stock' } });
    await expectEvidenceToHold(explanation);
  });

  test('an operation that suddenly fails is a burst, and its log says why', async () => {
    const at0 = later + 2 * hourMs;
    const order = (fails: boolean): Span[] =>
      drawSpans(`
        shop: POST /order             server 0 +30 ${fails ? 'error' : ''}
          shop: POST /reserve         client 5 +20 ${fails ? 'error' : ''}
            stock: POST /pick         server 8 +10 ${fails ? 'error' : ''}
      `);
    await store.insertSpans(
      Array.from({ length: 100 }, (_, n) => at(order(n > 80 && n % 2 === 1), at0 + n * 2000, id(3000 + n))).flat(),
    );
    await store.insertLogs(id(3099), at0 + 99 * 2000, [
      {
        atNs: 9e6,
        spanId: '3'.padStart(16, '0'),
        service: 'stock',
        severity: 'ERROR',
        severityNumber: 17,
        body: 'no dock',
        exceptionType: 'TypeError',
        exceptionMessage: "it's undefined \\ 'dock'",
      },
    ]);
    const explanation = await store.run(explainTrace(id(3099)));
    expect(explanation.verdict).toMatchObject({
      finding: 'error-burst',
      culprit: { service: 'stock', operation: 'POST /pick' },
    });
    expect(explanation.errors).toMatchObject({
      reachedRoot: true,
      first: { type: 'TypeError', message: "it's undefined \\ 'dock'" },
    });
    await expectEvidenceToHold(explanation);
  });

  test('names with quotes, backslashes and line breaks neither break nor change a statement', async () => {
    const nasty = "SELECT 'x' \\ \n); DROP TABLE otel_traces; --";
    const [root, call] = drawSpans('evil: GET / server 0 +100\n  evil: call client 5 +90') as [Span, Span];
    await store.insertSpans(at([root, { ...call, operation: nasty, service: "e'v\\il" }], later, id(4000)));
    const explanation = await store.run(explainTrace(id(4000)));
    expect(explanation.findings[0]?.culprit.operation).toBe(nasty);
    await expectEvidenceToHold(explanation);
  });
});

test('a trace whose spans still arrive is waited for', async () => {
  const spans = checkout(2000);
  const now = Date.now();
  await store.insertSpans(checkoutsBefore(now));
  await store.insertSpans(at(spans.slice(0, 2), now, id(6000)));
  const explaining = store.run(explainTrace(id(6000)));
  await store.insertSpans(at(spans.slice(2), now, id(6000)));
  const explanation = await explaining;
  expect(explanation.spans).toHaveLength(4);
  expect(explanation.verdict.culprit).toMatchObject({ service: 'payment', dependency: 'bank' });
});

test('spans that never come are said to be missing', async () => {
  const now = Date.now();
  await store.insertSpans(checkoutsBefore(now));
  await store.insertSpans(at(checkout(2000).slice(0, 2), now, id(6001)));
  const explanation = await store.run(explainTrace(id(6001)));
  expect(explanation.missing[0]?.text).toBe(
    'payment sends spans otherwise, and none of this trace: it is down, or they were lost or are still under way.',
  );
});

/** How long a trace of so many spans takes, the best of a few: other tests share the machine. */
async function explainedIn(count: number, traceId: string, from: number): Promise<number> {
  const [root] = drawSpans(`web: GET / server 0 +${count + 1}`) as [Span];
  const calls = Array.from({ length: count - 1 }, (_, n): Span => ({
    ...root,
    spanId: (n + 2).toString(16).padStart(16, '0'),
    parentSpanId: n % 10 === 0 ? root.spanId : (n + 1 - (n % 10) + 1).toString(16).padStart(16, '0'),
    operation: `op ${n % 40}`,
    service: `service-${n % 12}`,
    kind: n % 10 === 0 ? 'Server' : 'Client',
    startNs: (n + 1 - (n % 10)) * 1e6 + (n % 10) * 1e5,
    durationNs: n % 10 === 0 ? 10e6 : 1e5,
    attributes: { 'http.request.method': 'GET', 'url.full': `https://example.com/${n}` },
  }));
  await store.insertSpans(at([root, ...calls], from, traceId));
  const times: number[] = [];
  for (let run = 0; run < 3; run++) {
    const began = performance.now();
    const explanation = await store.run(explainTrace(traceId));
    times.push(performance.now() - began);
    expect(explanation.spans).toHaveLength(count);
  }
  return Math.min(...times);
}

test('a trace of 5,000 spans is explained, and costs no square of what one of 500 does', async () => {
  const small = await explainedIn(500, id(5001), start + 880_000);
  const large = await explainedIn(5000, id(5000), start + 900_000);
  expect(large / small).toBeLessThan(50);
});

describe('which trace is meant', () => {
  const resolve = (choice: TraceChoice) => store.run(resolveTrace(choice));
  const range = { sinceUnixMs: start, untilUnixMs: start + 650_000 };

  test('a full id, in capitals or with dashes', async () => {
    expect(await resolve({ by: 'id', id: slowId.toUpperCase() })).toBe(slowId);
    expect(await resolve({ by: 'id', id: 'abcdef01-2345-6789-abcd-ef0123456789' })).toBe(slowId);
  });

  test('a beginning that is unique', async () => expect(await resolve({ by: 'id', id: 'abcdef' })).toBe(slowId));

  test('a beginning of several lists them', async () => {
    const error = await store.fails(resolveTrace({ by: 'id', id: '000' }));
    expect(error).toMatchObject({ _tag: 'BadInput', what: 'More than 10 traces begin with 000' });
    expect((error as { why: string }).why.match(/\n {2}[0-9a-f]{32}(?=\n|$)/g)).toHaveLength(10);
  });

  test('an unknown id tells near ones and the range of the store', async () => {
    const error = await store.fails(resolveTrace({ by: 'id', id: 'abcdff0123456789abcdef0123456789' }));
    expect(error).toMatchObject({
      _tag: 'TraceNotFound',
      near: [slowId],
      storeFrom: `${new Date(start).toISOString().slice(0, 19)}Z`,
    });
  });

  test('what is no id at all', async () => {
    expect(await store.fails(resolveTrace({ by: 'id', id: 'checkout' }))).toMatchObject({ _tag: 'BadInput' });
  });

  test('the slowest, the latest, and the worst that failed', async () => {
    expect(await resolve({ by: 'slowest', ...range, services: [] })).toBe(slowId);
    expect(await resolve({ by: 'latest', ...range, services: [] })).toBe(slowId);
    const later = { sinceUnixMs: start + 4 * hourMs, untilUnixMs: start + 6 * hourMs };
    expect(await resolve({ by: 'errors', ...later, services: ['stock'] })).toBe(id(3099));
  });

  test('nothing in the range says where to look', async () => {
    const error = await store.fails(resolveTrace({ by: 'errors', ...range, services: ['nobody'] }));
    expect(error).toMatchObject({ _tag: 'BadInput', what: 'No trace to explain that failed' });
  });

  test('both an id and a flag, or neither, are refused', async () => {
    const typed = { since: '1h', services: [] };
    const both = readChoice({ ...typed, id: 'ab', by: 'latest' });
    const neither = readChoice({ ...typed, id: undefined, by: undefined });
    expect(await store.fails(both)).toMatchObject({ _tag: 'BadInput', what: 'Two traces were named' });
    expect(await store.fails(neither)).toMatchObject({ _tag: 'BadInput', what: 'No trace was named' });
    expect(await store.run(readChoice({ ...typed, id: 'ab', by: undefined }))).toEqual({ by: 'id', id: 'ab' });
    expect(await store.run(readChoice({ ...typed, id: undefined, by: 'slowest' }))).toMatchObject({ by: 'slowest' });
  });

  test('a trace that is not there when it is explained', async () => {
    expect(await store.fails(explainTrace(id(9999)))).toMatchObject({ _tag: 'TraceNotFound' });
  });
});
