import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { describe as describeTrace } from '../../../../src/engine/explain/describe.ts';
import { withRows } from '../../../../src/engine/explain/evidence/evidence.ts';
import { findShapes } from '../../../../src/engine/explain/explain-trace.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';
import { renderText } from '../../../../src/engine/explain/render/text.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { contextOf } from '../drawn-context.ts';
import { openExplainStore } from '../real-store.ts';
import { anHour, idOf, missingText, soundAnswer } from './sound-answer.ts';

const manySpans = 100_000;
const start = anHour(8);
const [slow, failed] = [idOf(1), idOf(2)];

let store: Awaited<ReturnType<typeof openExplainStore>>;

/** A request that reads a hundred thousand items, one after the other, and then calls a bank; SQL for its last span. */
const insert = (traceId: string, last: { readonly durationNs: number; readonly status: string }): Promise<void> =>
  store.command(`INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
SELECT fromUnixTimestamp64Nano(toInt64(${BigInt(start) * 1_000_000n}) + toInt64(multiIf(n = 0, 0, isLast, 2100000000, 20000 * n)), 'UTC'), '${traceId}',
  lower(leftPad(hex(n + 1), 16, '0')), if(n = 0, '', '0000000000000001'),
  multiIf(n = 0, 'GET /report', isLast, 'POST /charge', 'read item'), if(n = 0 OR isLast, 'Server', 'Internal'), if(isLast, 'bank', 'web'),
  multiIf(n = 0, 6000000000, isLast, ${last.durationNs}, 19000), if(n = 0 OR isLast, '${last.status}', 'Unset')
FROM (SELECT number AS n, number = ${manySpans - 1} AS isLast FROM numbers(${manySpans}))`);

beforeAll(async () => {
  store = await openExplainStore();
  await insert(slow, { durationNs: 3_800_000_000, status: 'Unset' });
  await insert(failed, { durationNs: 200, status: 'Error' });
});
afterAll(() => store.close());

describe('a trace of 100,000 spans', () => {
  test('is explained by what takes its time, though that comes last, and what was left out is said', async () => {
    const answer = await soundAnswer(store, { ask: 'trace', traceId: slow });
    expect(answer.spans).toHaveLength(limits.explain.spansPerTrace);
    expect(answer.trace).toMatchObject({ durationMs: 6000, root: { operation: 'GET /report' } });
    expect(answer.verdict.culprit).toMatchObject({ service: 'bank', operation: 'POST /charge' });
    expect(missingText(answer)).toContain(
      'The trace has 100,000 spans: the 50,000 longest and failed ones are looked at',
    );
  }, 30_000);

  test('failed by its quickest span: it is among those that are read', async () => {
    const answer = await soundAnswer(store, { ask: 'trace', traceId: failed });
    expect(answer.errors?.first).toMatchObject({ service: 'bank', operation: 'POST /charge' });
    expect(answer.verdict.culprit).toMatchObject({ service: 'bank', operation: 'POST /charge' });
  }, 30_000);
});

/** Anything quadratic would take minutes for these. */
describe('30,000 spans', () => {
  const count = 30_000;
  const id = (n: number): string => (n + 1).toString(16).padStart(16, '0');
  const span = (n: number, parent: number | null): Span => ({
    spanId: id(n),
    parentSpanId: parent === null ? '' : id(parent),
    service: `s${n % 20}`,
    operation: `f${n % 50}`,
    kind: n % 2 === 0 ? 'Server' : 'Client',
    startNs: n * 100,
    durationNs: (2 * count - 2 * n) * 100,
    status: n % 3 === 0 ? 'Error' : 'Unset',
    statusMessage: 'no',
    attributes: {},
    resource: {},
    events: [],
    links: [],
    dropped: 0,
  });
  const spans: Readonly<Record<string, (n: number) => Span>> = {
    'in a tree': (n) => span(n, n === 0 ? null : Math.floor((n - 1) / 3)),
    'one below the other': (n) => span(n, n === 0 ? null : n - 1),
    'below one': (n) => span(n, n === 0 ? null : 0),
    'in one cycle': (n) => span(n, (n + 1) % count),
    'in cycles of two': (n) => span(n, n % 2 === 0 ? n + 1 : n - 1),
    'each with a parent that never came': (n) => span(n, n + count),
    'all roots': (n) => span(n, null),
    'all with one id': (n) => ({ ...span(n, null), spanId: id(0) }),
    'all the same': () => span(0, null),
  };
  test.each(Object.entries(spans))('%s', (_, of) => {
    const data = {
      traceId: idOf(1),
      originNs: 1_700_000_000_000_000_000n,
      spans: Array.from({ length: count }, (_each, n) => of(n)),
      logs: [],
      isCut: false,
      areLogsCut: false,
    };
    const context = contextOf(data);
    const findings = findShapes(context).map((found) => ({
      ...found,
      evidence: found.evidence.map((query) => withRows(query, [])),
    }));
    const answer = describeTrace(context, findings);
    expect(answer.spans.length).toBeGreaterThanOrEqual(1);
    expect(renderText(answer, { width: 80, paint: noPaint }).split('\n').length).toBeLessThan(200);
  });
});
