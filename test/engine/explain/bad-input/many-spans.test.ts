import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { limits } from '../../../../src/engine/domain/limits.ts';
import { describe as describeTrace } from '../../../../src/engine/explain/describe.ts';
import { withRows } from '../../../../src/engine/explain/evidence/evidence.ts';
import { findShapes } from '../../../../src/engine/explain/explain-trace.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';
import { renderText } from '../../../../src/engine/explain/render/text.ts';
import type { Explanation } from '../../../../src/engine/explain/explanation.ts';
import type { Span } from '../../../../src/engine/explain/span.ts';
import { contextOf } from '../drawn-context.ts';
import { openExplainStore } from '../real-store.ts';
import { anHour, idOf, missingText, soundAnswer } from './sound-answer.ts';

const manySpans = 100_000;
const start = anHour(8);
const traceId = idOf(1);

let store: Awaited<ReturnType<typeof openExplainStore>>;
let answer: Explanation;

/**
 * A request that reads a hundred thousand items, one after the other, then fails to write one record, and then waits for a
 * bank: what tells anything comes last, and what failed is the shortest of all.
 */
const trace = `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, SpanName, SpanKind, ServiceName, Duration, StatusCode)
SELECT fromUnixTimestamp64Nano(toInt64(${BigInt(start) * 1_000_000n}) + toInt64(multiIf(n = 0, 0, isBank, 2100000000, 20000 * n)), 'UTC'), '${traceId}',
  lower(leftPad(hex(n + 1), 16, '0')), if(n = 0, '', '0000000000000001'),
  multiIf(n = 0, 'GET /report', isBank, 'POST /charge', isAudit, 'write record', 'read item'),
  if(n = 0 OR isBank OR isAudit, 'Server', 'Internal'), multiIf(isBank, 'bank', isAudit, 'audit', 'web'),
  multiIf(n = 0, 6000000000, isBank, 3800000000, isAudit, 200, 19000), if(n = 0 OR isAudit, 'Error', 'Unset')
FROM (SELECT number AS n, number = ${manySpans - 1} AS isBank, number = ${manySpans - 2} AS isAudit FROM numbers(${manySpans}))`;

beforeAll(async () => {
  store = await openExplainStore();
  await store.command(trace);
  answer = await soundAnswer(store, { ask: 'trace', traceId });
}, 60_000);
afterAll(() => store.close());

describe('a trace of 100,000 spans', () => {
  test('is cut to the limit, which is said', () => {
    expect(answer.spans).toHaveLength(limits.explain.spansPerTrace);
    expect(answer.trace).toMatchObject({ durationMs: 6000, root: { operation: 'GET /report' } });
    expect(missingText(answer)).toContain(
      'The trace has 100,000 spans: the 50,000 longest and failed ones are looked at',
    );
  });

  test('what failed is found, though it is the shortest', () => {
    expect(answer.errors?.first).toMatchObject({ service: 'audit', operation: 'write record' });
    expect(answer.verdict.culprit).toMatchObject({ service: 'audit', operation: 'write record' });
  });

  test('what takes the time is found, though it comes last', () => {
    const longest = answer.path.reduce((most, step) => (step.selfMs > most.selfMs ? step : most));
    expect(longest).toMatchObject({ service: 'bank', operation: 'POST /charge', selfMs: 3800 });
    expect(answer.findings.map(({ culprit }) => culprit.service)).toContain('bank');
  });
});

/** Anything quadratic would take minutes for these. */
describe('20,000 spans', () => {
  const count = 20_000;
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
    'one below the other': (n) => span(n, n === 0 ? null : n - 1),
    'below one': (n) => span(n, n === 0 ? null : 0),
    'in one cycle': (n) => span(n, (n + 1) % count),
    'each with a parent that never came': (n) => span(n, n + count),
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
    const shown = describeTrace(context, findings);
    expect(shown.spans.length).toBeGreaterThanOrEqual(1);
    expect(renderText(shown, { width: 80, paint: noPaint }).split('\n').length).toBeLessThan(200);
  });
});
