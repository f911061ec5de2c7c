import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { outermostOf, readCalls, type Call } from '../../../../src/engine/explain/range/calls.ts';
import { openExplainStore } from '../real-store.ts';

const start = Math.floor(Date.now() / 3_600_000) * 3_600_000 - 2 * 3_600_000;
/** So many that one trace in eight is read. */
const traces = Math.ceil((8 * limits.explain.edgeSpans) / 2);
const rareTraces = 12;

let store: Awaited<ReturnType<typeof openExplainStore>>;
beforeAll(async () => {
  store = await openExplainStore();
  const span = (level: number, service: string): string =>
    `SELECT fromUnixTimestamp64Milli(toInt64(${start} + number), 'UTC'), lower(hex(sipHash128(number))), '${String(level + 1).padStart(16, '0')}',
      '${level === 0 ? '' : String(level).padStart(16, '0')}', 'GET /', 'Server', ${service}, 1000000, 'Unset' FROM numbers(${traces})`;
  const insert = `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)`;
  await store.command(`${insert} ${span(0, "'web'")}`);
  await store.command(
    `${insert} ${span(1, `if(number % ${Math.floor(traces / rareTraces)} = 1, 'invoices', 'stock')`)}`,
  );
});
afterAll(() => store.close());

describe('who calls whom', () => {
  const range = { fromMs: start, toMs: start + traces };

  test('is found of a service that hardly any of the sampled traces pass through', async () => {
    const spans = new Map([
      ['web', traces],
      ['stock', traces],
      ['invoices', rareTraces],
    ]);
    const calls = await store.run(readCalls(range, spans));
    const to = (callee: string): number => calls.find((call) => call.callee === callee)?.calls ?? 0;
    expect(calls.map(({ caller, callee }) => `${caller} ${callee}`).toSorted()).toEqual(['web invoices', 'web stock']);
    expect(to('invoices')).toBeGreaterThanOrEqual(rareTraces - 1);
    expect(to('stock')).toBeLessThan(traces / 4);
  });

  test('tells where customers feel it: services that no other of them calls', () => {
    const calls: readonly Call[] = [
      { caller: 'web', callee: 'cart', calls: 5 },
      { caller: 'cart', callee: 'stock', calls: 5 },
    ];
    expect(outermostOf(['stock', 'cart'], calls)).toEqual(['cart']);
    expect(outermostOf(['stock', 'search'], calls)).toEqual(['stock', 'search']);
    expect(
      outermostOf(
        ['a', 'b'],
        [
          { caller: 'a', callee: 'b', calls: 1 },
          { caller: 'b', callee: 'a', calls: 1 },
        ],
      ),
    ).toEqual(['a', 'b']);
  });
});
