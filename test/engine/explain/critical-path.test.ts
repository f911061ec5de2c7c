import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { criticalPath, spansOnPath } from '../../../src/engine/explain/critical-path.ts';
import type { Span } from '../../../src/engine/explain/span.ts';
import { buildTree } from '../../../src/engine/explain/trace-tree.ts';
import { drawSpans } from '../../support/trace-dsl.ts';
import { garbage } from './garbage.ts';

/** The path as text: operation and the stretch that is its own, in milliseconds. */
const pathOf = (picture: string): string[] =>
  criticalPath(buildTree(drawSpans(picture))!.root).segments.map(
    ({ span, fromNs, toNs }) => `${span.operation} ${fromNs / 1e6}-${toNs / 1e6}`,
  );

describe('the critical path', () => {
  test('goes through calls made one after the other', () => {
    expect(
      pathOf(`
        web: GET /    server  0 +100
          web: a      client 10  +20
          web: b      client 40  +50
      `),
    ).toEqual(['GET / 0-10', 'a 10-30', 'GET / 30-40', 'b 40-90', 'GET / 90-100']);
  });

  test('of calls made at once it takes the one that finished last', () => {
    expect(
      pathOf(`
        web: GET /    server  0 +100
          web: fast   client 10  +20
          web: slow   client 10  +80
      `),
    ).toEqual(['GET / 0-10', 'slow 10-90', 'GET / 90-100']);
  });

  test('before the last one it goes back to what had finished when that started', () => {
    expect(
      pathOf(`
        web: GET /    server  0 +100
          web: first  client  5  +25
          web: beside client 20  +60
          web: last   client 40  +55
      `),
    ).toEqual(['GET / 0-5', 'first 5-30', 'GET / 30-40', 'last 40-95', 'GET / 95-100']);
  });

  test('goes through calls in a row whose starts a coarse clock rounded down', () => {
    expect(
      pathOf(`
        web: GET /    server  0 +20
          web: a      client  1 +2.6
          web: b      client  3 +4.5
          web: c      client  7 +9
      `),
    ).toEqual(['GET / 0-1', 'a 1-3', 'b 3-7', 'c 7-16', 'GET / 16-20']);
  });

  test('goes down through services', () => {
    expect(
      pathOf(`
        web: GET /           server  0 +100
          web: call          client 10  +80
            cart: handle     server 20  +60
              cart: query    client 30  +40
      `),
    ).toEqual([
      'GET / 0-10',
      'call 10-20',
      'handle 20-30',
      'query 30-70',
      'handle 70-80',
      'call 80-90',
      'GET / 90-100',
    ]);
  });

  test('leaves out work that nobody waited for', () => {
    expect(
      pathOf(`
        web: GET /        server   0 +100
          web: audit      internal 50 +400
          web: publish    producer 20 +10
            jobs: handle  consumer 25 +500
      `),
    ).toEqual(['GET / 0-20', 'publish 20-30', 'GET / 30-100']);
  });

  test('counts a callee up to the moment when its caller gave up', () => {
    expect(
      pathOf(`
        web: GET /        server   0 +110
          web: call       client   5 +100  error=timeout
            bank: charge  server  10 +3000
      `),
    ).toEqual(['GET / 0-5', 'call 5-10', 'charge 10-105', 'GET / 105-110']);
  });

  test('runs through a caller that its callee seems to cover whole', () => {
    const { root } = buildTree(
      drawSpans(`
        web: GET /         server 0 +20
          web: call        client 2 +10.4
            cart: handle   server 2 +10.4
          web: audit       client 2 +1
      `),
    )!;
    const path = criticalPath(root);
    expect(path.segments.map(({ span }) => span.operation)).toEqual(['GET /', 'handle', 'GET /']);
    expect([...spansOnPath(path)].map(({ operation }) => operation).toSorted()).toEqual(['GET /', 'call', 'handle']);
  });

  test('a root of no duration has an empty path', () => {
    const path = criticalPath(buildTree(drawSpans('web: GET / server 0 +0'))!.root);
    expect(path.segments).toEqual([]);
    expect([...path.selfNs.values()]).toEqual([0]);
  });
});

describe('for any spans', () => {
  test('self times on the path sum to the root’s duration exactly, and its stretches join without gaps', () => {
    fc.assert(
      fc.property(garbage, (spans) => {
        const { root } = buildTree(spans)!;
        const { segments, selfNs } = criticalPath(root);
        expect([...selfNs.values()].reduce((sum, ns) => sum + ns, 0)).toBe(root.endNs - root.startNs);
        const on = spansOnPath({ selfNs });
        for (const span of on) expect(span.parent === null || on.has(span.parent)).toBe(true);
        let at = root.startNs;
        for (const { fromNs, toNs } of segments) {
          expect(fromNs).toBe(at);
          expect(toNs).toBeGreaterThan(fromNs);
          at = toNs;
        }
      }),
      { numRuns: 500, seed: 7 },
    );
  });

  test('every span has one place in the tree, and self time within its duration', () => {
    fc.assert(
      fc.property(garbage, (spans) => {
        const tree = buildTree(spans)!;
        const real = tree.spans.filter((span) => !span.synthetic);
        expect(new Set(tree.spans).size).toBe(tree.spans.length);
        expect(real.length + tree.notes.duplicates).toBe(spans.length);
        for (const span of tree.spans) {
          expect(span.selfNs).toBeGreaterThanOrEqual(0);
          expect(span.selfNs).toBeLessThanOrEqual(span.endNs - span.startNs);
        }
      }),
      { numRuns: 500, seed: 11 },
    );
  });

  test('the order in which rows arrive changes nothing', () => {
    fc.assert(
      fc.property(
        garbage.chain((spans) => fc.tuple(fc.constant(spans), fc.shuffledSubarray(spans, { minLength: spans.length }))),
        ([spans, shuffled]) => {
          const one = buildTree(spans)!;
          const two = buildTree(shuffled)!;
          const flat = ({ spans }: typeof one) => spans.map((s) => [s.spanId, s.depth, s.startNs, s.endNs, s.selfNs]);
          expect(flat(two)).toEqual(flat(one));
          expect(two.notes).toEqual(one.notes);
        },
      ),
      { numRuns: 300, seed: 13 },
    );
  });
});

test('a chain of 50,000 spans is walked without recursion', () => {
  const spans = drawSpans('web: GET / internal 0 +100');
  const chain = Array.from({ length: 50_000 }, (_, at): Span => ({
    ...spans[0]!,
    spanId: String(at),
    parentSpanId: at === 0 ? '' : String(at - 1),
    startNs: at,
    durationNs: 200_000 - 2 * at,
  }));
  const tree = buildTree(chain)!;
  expect(criticalPath(tree.root).segments).toHaveLength(99_999);
});
