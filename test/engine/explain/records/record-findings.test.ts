import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchEvidence } from '../../../../src/engine/explain/evidence/evidence.ts';
import { recordFindings, type RecordFinding } from '../../../../src/engine/explain/records/record-findings.ts';
import { quoteText } from '../../../../src/engine/store/sql-text.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';

const minuteMs = 60_000;
/** Tests lie days apart, so that none sees the others' minutes. */
const days = (count: number): number => 1_700_000_040_000 + count * 86_400_000;
let store: Awaited<ReturnType<typeof openExplainStore>>;
let traces = 0;

beforeAll(async () => {
  store = await openExplainStore();
});
afterAll(() => store.close());

interface Shown {
  readonly lookUp?: boolean;
  readonly bank?: boolean;
  readonly toStockMs?: number;
  readonly lines?: readonly string[];
  readonly fails?: boolean;
}

/** A minute of carts in the shop. */
async function minute(fromMs: number, carts: number, shown: Shown = {}): Promise<void> {
  const { lookUp = true, bank = true, toStockMs = 2, lines = ['price of 17 is 4'], fails = false } = shown;
  const end = 80 + toStockMs;
  const picture = `
    web: GET /cart              server 0 +${end + 20} k8s.pod.name=web-1
      web: render               internal 1 +2 k8s.pod.name=web-1
      prices: GET /prices       server 5 +40 k8s.pod.name=prices-1 ${fails ? 'error' : ''}
        prices: handle          internal 6 +30 k8s.pod.name=prices-1
          prices: ${lookUp ? 'look up' : 'guess'}   internal 7 +5 k8s.pod.name=prices-1
        ${bank ? '' : '#'}bank: GET /rate server 38 +3 k8s.pod.name=bank-1
      web: GET /stock           client 50 +${end - 50} k8s.pod.name=web-1
        stock: GET /stock       server ${50 + toStockMs} +20 k8s.pod.name=stock-1`;
  const spans = drawSpans(bank ? picture : picture.replace(/^.*#bank.*$/m, ''));
  const handled = spans.find(({ operation }) => operation === 'handle')!;
  const started = Array.from({ length: carts }, (_, cart) => ({
    traceId: (++traces).toString(16).padStart(32, '7'),
    startMs: fromMs + 1000 + 300 * cart,
  }));
  await store.insertSpans(started.flatMap(({ traceId, startMs }) => at(spans, startMs, traceId)));
  const rows = started.flatMap(({ traceId, startMs }) =>
    lines.map((line, place) => {
      const values = [traceId, handled.spanId, 'prices', 'INFO', line].map(quoteText).join(', ');
      return `(fromUnixTimestamp64Milli(${startMs + 8 + place}), ${values}, 9, map('k8s.pod.name', 'prices-1'))`;
    }),
  );
  if (rows.length === 0) return;
  await store.command(
    `INSERT INTO otel_logs (Timestamp, TraceId, SpanId, ServiceName, SeverityText, Body, SeverityNumber, ResourceAttributes) VALUES ${rows.join(', ')}`,
  );
}

const findingsAt = (nowMs: number) => store.run(recordFindings({ fromMs: nowMs, toMs: nowMs + minuteMs }, null));
const of = (found: readonly RecordFinding[], instance: string, source: RecordFinding['source'] = 'structure') =>
  found.find((finding) => finding.instance === instance && finding.source === source);

/** The rows of a finding's first statement: start of the window in minutes before the time, and counts. */
async function rowsOf(finding: RecordFinding | undefined, nowMs: number) {
  const [first] = finding?.evidence ?? [];
  const rows = (await store.run(fetchEvidence(first!))).rows;
  expect((await store.run(fetchEvidence(first!))).rows).toEqual(rows);
  return rows.map((row) => {
    const [window, ...counts] = Object.values(row);
    return [(Date.parse(String(window)) - nowMs) / minuteMs, ...counts.map(Number)];
  });
}

describe('the sentence says what its statement counts, and the statement gives it again', () => {
  test('of a step that is missing', async () => {
    const nowMs = days(1);
    await minute(nowMs - 5 * minuteMs, 12);
    await minute(nowMs - 3 * minuteMs, 10);
    await minute(nowMs, 6);
    await minute(nowMs + 20_000, 9, { lookUp: false });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toBe('the step "look up" in 6 of 15 runs of prices "GET /prices", usually in 22 of 22');
    expect(await rowsOf(found, nowMs)).toEqual([
      [-5, 12, 12],
      [-3, 10, 10],
      [0, 15, 6],
    ]);
  });

  test('of a call that is no longer made', async () => {
    const nowMs = days(3);
    await minute(nowMs - 5 * minuteMs, 20);
    await minute(nowMs, 10, { bank: false });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toBe(
      'the call of bank GET /rate in 0 of 10 runs of prices "GET /prices", usually in 20 of 20',
    );
    expect(await rowsOf(found, nowMs)).toEqual([
      [-5, 20, 20],
      [0, 10, 0],
    ]);
  });

  test('of a log line that is new, whatever numbers stand in it', async () => {
    const nowMs = days(5);
    await minute(nowMs - 5 * minuteMs, 20);
    await minute(nowMs, 10, { lines: ['price of 99 is 12', 'gave up on 7 after 3 s'] });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toBe(
      'the log line "gave up on * after * s" in 10 of 10 runs of prices "GET /prices", usually in 0 of 20',
    );
    expect(await rowsOf(found, nowMs)).toEqual([
      [-5, 20, 0],
      [0, 10, 10],
    ]);
  });

  test('of log lines that come in another order', async () => {
    const nowMs = days(7);
    await minute(nowMs - 5 * minuteMs, 20, { lines: ['asked the bank', 'price was found', 'rounded'] });
    await minute(nowMs, 10, { lines: ['price was found', 'asked the bank', 'rounded'] });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toMatch(/in a row in (10 of 10|0 of 10) runs .* usually in (0 of 20|20 of 20)$/);
    const rows = await rowsOf(found, nowMs);
    expect(rows).toEqual(
      found?.sentence.includes('10 of 10')
        ? [
            [-5, 20, 0],
            [0, 10, 10],
          ]
        : [
            [-5, 20, 20],
            [0, 10, 0],
          ],
    );
  });

  test('of failed runs alone, against all usual ones', async () => {
    const nowMs = days(9);
    await minute(nowMs - 5 * minuteMs, 20);
    await minute(nowMs, 7);
    await minute(nowMs + 20_000, 8, { lookUp: false, fails: true });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toBe('the step "guess" in 8 of 8 failed runs of prices "GET /prices", usually in 0 of 20');
    expect(await rowsOf(found, nowMs)).toEqual([
      [-5, 20, 0],
      [0, 8, 8],
    ]);
  });

  test('of calls that arrive late', async () => {
    const nowMs = days(11);
    await minute(nowMs - 5 * minuteMs, 20);
    await minute(nowMs - 3 * minuteMs, 20);
    await minute(nowMs, 3);
    await minute(nowMs + 20_000, 12, { toStockMs: 402 });
    const found = of(await findingsAt(nowMs), 'stock-1', 'timing');
    expect(found?.sentence).toMatch(
      /^12 of 15 calls from web on the way to stock-1 took 202 ms or more, usually 0 of 40, as if about 400 ms were added/,
    );
    expect((await rowsOf(found, nowMs)).map((row) => row.slice(0, 3))).toEqual([
      [-5, 20, 0],
      [-3, 20, 0],
      [0, 15, 12],
    ]);
  });

  test('of CPU: the highest value, and the middle of those before', async () => {
    const nowMs = days(13);
    await minute(nowMs - 5 * minuteMs, 20);
    await minute(nowMs, 20);
    const points = [...Array(21).keys()].map((step) => ({
      ms: nowMs - 600_000 + 30_000 * step,
      value: step === 20 ? 0.93 : 0.1 + 0.01 * (step % 3),
    }));
    const rows = points.map(
      ({ ms, value }) =>
        `('stock', map('k8s.pod.name', 'stock-1'), 'k8s.pod.cpu_limit_utilization', fromUnixTimestamp64Milli(${ms}), ${value})`,
    );
    await store.command(
      `INSERT INTO otel_metrics_gauge (ServiceName, ResourceAttributes, MetricName, TimeUnix, Value) VALUES ${rows.join(', ')}`,
    );
    const found = of(await findingsAt(nowMs), 'stock-1', 'resource');
    expect(found?.sentence).toBe('its cpu is up to 93 % of the limit, usually 11 %');
    const [first] = found?.evidence ?? [];
    expect((await store.run(fetchEvidence(first!))).rows).toMatchObject([{ value: 0.93 }, { value: 0.11 }]);
  });
});

describe('odd input', () => {
  test('with nothing to compare with nothing is found', async () => {
    expect(await findingsAt(days(40))).toEqual([]);
  });

  test('names that mean something to SQL or to a regular expression are names', async () => {
    const nowMs = days(15);
    const odd = String.raw`it's (1+1) \d [a-z]* $ ` + '"quoted" über';
    await minute(nowMs - 5 * minuteMs, 20, { lines: ['as ever'] });
    await minute(nowMs, 10, { lines: ['as ever', odd] });
    const found = of(await findingsAt(nowMs), 'prices-1');
    expect(found?.sentence).toMatch(/in 10 of 10 runs .* usually in 0 of 20$/);
    expect(await rowsOf(found, nowMs)).toEqual([
      [-5, 20, 0],
      [0, 10, 10],
    ]);
  });
});
