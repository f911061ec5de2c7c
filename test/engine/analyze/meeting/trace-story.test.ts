import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patternChanges } from '../../../../src/engine/analyze/meeting/changes/pattern-changes.ts';
import { createPatterns } from '../../../../src/engine/analyze/meeting/patterns.ts';
import { listPatterns } from '../../../../src/engine/analyze/meeting/show/list-patterns.ts';
import type { TraceSpans } from '../../../../src/engine/analyze/meeting/traces/read-traces.ts';
import { separatingAttributesOfShape } from '../../../../src/engine/analyze/meeting/traces/separating-in-shape.ts';
import { shapeOfTrace } from '../../../../src/engine/analyze/meeting/traces/shape.ts';
import { openMeetingStore, type MeetingStore, type SpanRow } from './meeting-store.ts';

const minute = 60_000;
const begin = Date.UTC(2026, 10, 20, 12, 0);
const deploy = begin + 20 * minute;
const end = deploy + 5 * minute;

/** One trace; drawn as parent and operation by span. */
function traceOf(
  spans: readonly (readonly [service: string, operation: string, parent: number, ms?: number])[],
): TraceSpans {
  return {
    id: 'a'.repeat(32),
    spans: spans.map((_, at) => `s${at}`),
    parents: spans.map(([, , parent]) => (parent < 0 ? '' : `s${parent}`)),
    services: spans.map(([service]) => service),
    operations: spans.map(([, operation]) => operation),
    entries: spans.map(() => 1),
    errors: spans.map(() => 0),
    durations: spans.map(([, , , ms = 5]) => ms),
    startsMs: spans.map((_, at) => at),
  };
}

describe('the shape of a trace', () => {
  const loop = (calls: number): TraceSpans =>
    traceOf([
      ['shop', 'GET /cart', -1, 50],
      ...Array.from({ length: calls }, () => ['stock', 'SELECT', 0] as const),
      ['pay', 'POST /pay', 0],
    ]);
  const shape = (trace: TraceSpans) => shapeOfTrace(trace)!;

  test('calls in a loop are one path, however many, in whatever order', () => {
    expect(shape(loop(3)).id).toBe(shape(loop(40)).id);
    expect(shape(loop(3)).text()).toBe('shop GET /cart → (stock SELECT, pay POST /pay)');
    const turned = traceOf([
      ['pay', 'POST /pay', 1],
      ['shop', 'GET /cart', -1, 50],
      ['stock', 'SELECT', 1],
    ]);
    expect(shape(turned).id).toBe(shape(loop(1)).id);
  });

  test('another call, or the same call from elsewhere, is another shape', () => {
    const deeper = traceOf([
      ['shop', 'GET /cart', -1, 50],
      ['stock', 'SELECT', 0],
      ['pay', 'POST /pay', 1],
    ]);
    expect(shape(deeper).id).not.toBe(shape(loop(1)).id);
    expect(shape(deeper).text()).toBe('shop GET /cart → stock SELECT → pay POST /pay');
  });

  test('ids in names, and an operation that calls itself, make no further shapes', () => {
    const named = (id: string): TraceSpans =>
      traceOf([
        ['shop', `GET /cart/${id}/v1`, -1, 50],
        ['shop', `GET /cart/${id}/v1`, 0],
        ['shop', 'render', 1],
      ]);
    expect(shape(named('17')).id).toBe(shape(named('9d2f7c31aa0b')).id);
    expect(shape(named('17')).text()).toBe('shop GET /cart/<*>/v1 → render');
  });

  test('a circle of parents, a span of an unknown parent and a trace without a beginning are read all the same', () => {
    const odd: TraceSpans = {
      ...traceOf([
        ['shop', 'GET /', -1],
        ['shop', 'a', 0],
        ['shop', 'b', 1],
        ['shop', 'c', 0],
      ]),
      parents: ['', 's2', 's1', 'gone'],
    };
    expect(shape(odd).text()).toContain('shop GET /');
    const headless = { ...odd, parents: ['gone', 's0', 's1', 's0'] };
    expect(shape(headless).operation).toBe('GET /');
    expect(shapeOfTrace({ ...headless, entries: [0, 0, 0, 0] })).toBeNull();
  });
});

describe('traces of a shop, before and after a deploy that asks another service', () => {
  let store: MeetingStore;
  beforeAll(async () => {
    store = await openMeetingStore();
    await store.insertSpans(story());
    const patterns = createPatterns(null);
    const until = end + 30_000;
    for (let report = await store.run(patterns.mine(until)); report.minutes > 0;) {
      report = await store.run(patterns.mine(until));
    }
  });
  afterAll(() => store.close());

  const after = { fromMs: deploy, toMs: end };

  test('each shape has its traces, durations and errors', async () => {
    const shapes = await store.run(listPatterns({ fromMs: begin, toMs: end, signal: 'traces' }));
    expect(shapes.map(({ text, count, errors }) => [text, count, errors])).toEqual([
      ['shop GET /cart → stock SELECT', 25 * 40, 0],
      ['shop POST /order → pay POST /charge', 20 * 20, 0],
      ['shop POST /order → (pay POST /charge, fraud check)', 5 * 20, 15],
    ]);
    expect(shapes[0]!.p50).toBeGreaterThan(9);
    expect(shapes[0]!.example).toMatch(/^[0-9a-f]{32}$/);
  });

  test('the new shape is told, with the one that is gone', async () => {
    const found = await store.run(patternChanges({ ...after, signal: 'traces' }));
    expect(found.map(({ kind, text }) => [kind, text]).toSorted()).toEqual([
      ['new', 'shop POST /order → (pay POST /charge, fraud check)'],
      ['vanished', 'shop POST /order → pay POST /charge'],
    ]);
  });

  test('slow and fast traces of the shape differ by the region of the fraud check', async () => {
    const shapes = await store.run(listPatterns({ ...after, signal: 'traces' }));
    const { id } = shapes.find(({ text }) => text.includes('fraud'))!;
    const found = await store.run(separatingAttributesOfShape({ shape: id, service: 'shop', ...after }));
    expect(found.slow).toBe(50);
    expect(found.attributes.map(({ words }) => words)).toEqual(['fraud region=eu-west: 100 % of slow, 0 % of fast']);
  });

  test('nothing parts the traces of a shape where nothing does, and there are none of one that never was', async () => {
    const shapes = await store.run(listPatterns({ ...after, signal: 'traces' }));
    const { id } = shapes.find(({ text }) => text.includes('stock'))!;
    const none = await store.run(separatingAttributesOfShape({ shape: id, service: 'shop', ...after }));
    expect(none.spans).toBe(200);
    expect(none.attributes).toEqual([]);
    const nobody = await store.run(separatingAttributesOfShape({ shape: 'never', service: 'shop', ...after }));
    expect(nobody).toMatchObject({ spans: 0, attributes: [] });
  });
});

function story(): SpanRow[] {
  const spans: SpanRow[] = [];
  let ids = 0;
  const id = (length: number): string => (++ids * 2_654_435_761).toString(16).padStart(length, '0');
  for (let at = 0; at < 25; at++) {
    for (let n = 0; n < 40; n++) {
      const timeMs = begin + at * minute + n * 1300;
      const cart = { timeMs, traceId: id(32), service: 'shop' };
      spans.push({ ...cart, spanId: 'c1', operation: 'GET /cart', ms: 10 + (n % 7) });
      for (let row = 0; row < 1 + (n % 3); row++) {
        const attributes = { 'db.row': String(n), zone: n % 2 === 0 ? 'a' : 'b' };
        if (row === 0)
          spans.push({
            ...cart,
            spanId: `c2${row}`,
            parent: 'c1',
            service: 'stock',
            operation: 'SELECT',
            ms: 2 + ((n * 7) % 5),
            attributes,
          });
      }
      if (n % 2 !== 0) continue;
      const order = { timeMs: timeMs + 5, traceId: id(32), service: 'shop' };
      const isAfter = timeMs >= deploy;
      const isEast = n % 4 === 0;
      const ms = (isAfter && !isEast ? 900 : 80) + (n % 5);
      spans.push({ ...order, spanId: 'o1', operation: 'POST /order', ms });
      spans.push({ ...order, spanId: 'o2', parent: 'o1', service: 'pay', operation: 'POST /charge', ms: 30 });
      if (!isAfter) continue;
      const attributes = { region: isEast ? 'us-east' : 'eu-west', attempt: String(n % 3) };
      spans.push({
        ...order,
        spanId: 'o3',
        parent: 'o1',
        service: 'fraud',
        operation: 'check',
        ms: ms - 40,
        attributes,
        failed: n % 16 === 2,
      });
    }
  }
  return spans;
}
