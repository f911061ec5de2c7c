import { describe, expect, test } from 'vitest';
import type { Span } from '../../../src/engine/explain/span.ts';
import { buildTree, type TraceTree } from '../../../src/engine/explain/trace-tree.ts';
import { drawSpans } from '../../support/trace-dsl.ts';

/** The tree as text: indentation, operation, corrected start and duration in milliseconds, and marks. */
function shown(tree: TraceTree | null): string {
  return (tree?.spans ?? [])
    .map((span) => {
      const marks = [
        span.synthetic ? ' missing' : '',
        span.unfinished ? ' unfinished' : '',
        span.shiftNs === 0 ? '' : ` shifted ${span.shiftNs / 1e6}`,
      ].join('');
      return `${'  '.repeat(span.depth)}${span.operation} ${span.startNs / 1e6}+${(span.endNs - span.startNs) / 1e6}${marks}`;
    })
    .join('\n');
}

const tree = (picture: string): TraceTree => buildTree(drawSpans(picture))!;

describe('a trace becomes a tree', () => {
  test('children lie under their parents, in order of start, with self time', () => {
    const built = tree(`
      web: GET /             server  0 +100
        web: second          client 50  +40
        web: first           client 10  +30
    `);
    expect(shown(built)).toBe('GET / 0+100\n  first 10+30\n  second 50+40');
    expect(built.root.selfNs).toBe(30e6);
  });

  test('overlapping children are counted once in self time', () => {
    const built = tree(`
      web: GET /   server  0 +100
        web: a     client 10  +50
        web: b     client 30  +50
        web: c     client 40   +5
    `);
    expect(built.root.selfNs).toBe(30e6);
  });

  test('no spans, no tree', () => expect(buildTree([])).toBeNull());
});

describe('what was not received, or received wrongly, is grouped and counted', () => {
  test('siblings whose parent is missing stand under one stand-in, inside the root that covers them', () => {
    const built = tree(`
      web: GET /          server  0 +100
      cart: read          server 20  +10 parent=99
      cart: write         server 40  +20 parent=99
    `);
    expect(shown(built)).toBe('GET / 0+100\n  (span not received) 20+40 missing\n    read 20+10\n    write 40+20');
    expect(built.notes).toMatchObject({ missingParents: 1, orphans: 2, extraRoots: 0 });
  });

  test('orphans outside of the root stay roots of their own, after the main one', () => {
    const built = tree(`
      jobs: late work     server 500 +10 parent=99
      web: GET /          server   0 +100
    `);
    expect(shown(built)).toBe('GET / 0+100\n(span not received) 500+10 missing\n  late work 500+10');
    expect(built.notes.extraRoots).toBe(1);
  });

  test('of several roots the longest is the main one', () => {
    const built = tree(`
      web: ping           server  0 +5
      web: GET /          server 10 +100
      jobs: tick          internal 3 +50
    `);
    expect(built.roots.map((root) => root.operation)).toEqual(['GET /', 'ping', 'tick']);
  });

  test('a cycle is cut at its earliest span', () => {
    const built = tree(`
      web: GET /          server  0 +100
      a: one              internal 10 +20 id=a parent=c
      a: two              internal 12 +10 id=b parent=a
      a: three            internal 13 +5 id=c parent=b
      a: self             internal 60 +5 id=d parent=d
    `);
    expect(shown(built)).toBe('GET / 0+100\n  one 10+20\n    two 12+10\n      three 13+5\n  self 60+5');
    expect(built.notes.cycles).toBe(2);
  });

  test('a span received twice counts once', () => {
    const spans = drawSpans('web: GET / server 0 +100\n  web: a client 1 +2');
    const built = buildTree([...spans, ...structuredClone(spans)])!;
    expect(built.spans).toHaveLength(2);
    expect(built.notes.duplicates).toBe(2);
  });

  test('a server span that shares its client span id (Zipkin) goes under it and keeps its own children', () => {
    const built = tree(`
      web: call           client  0 +100 id=a
      cart: handle        server 10  +80 id=a parent=
      cart: query         client 20  +30 id=c parent=a
    `);
    expect(shown(built)).toBe('call 0+100\n  handle 10+80\n    query 20+30');
    expect(built.notes.sharedIds).toBe(1);
  });

  test('a span without an end lasts as long as its descendants', () => {
    const built = tree(`
      web: GET /          server  0 +0
        web: a            client 10 +0
          cart: handle    server 12 +40
        web: instant      internal 20 +0
    `);
    expect(shown(built)).toBe('GET / 0+52 unfinished\n  a 10+42 unfinished\n    handle 12+40\n  instant 20+0');
    expect(built.notes.unfinished).toBe(2);
  });

  test('a child that outlives its parent is counted', () => {
    const built = tree(`
      web: GET /          server  0 +100
        web: send mail    internal 90 +300
    `);
    expect(built.notes.outliving).toBe(1);
  });
});

describe('clocks that differ between processes are set right', () => {
  test('a callee outside of its caller is centred in it, and what it did moves along', () => {
    const built = tree(`
      web: GET /          server    0 +100
        web: call         client   10  +80
          cart: handle    server 5000  +60
            cart: query   client 5010  +20
    `);
    expect(shown(built)).toBe(
      'GET / 0+100\n  call 10+80\n    handle 20+60 shifted -4980\n      query 30+20 shifted -4980',
    );
    expect(built.notes.skews).toEqual([{ service: 'cart', shiftNs: -4980e6, spans: 2 }]);
  });

  test('a second call of the same process moves by the same shift', () => {
    const built = tree(`
      web: GET /          server    0 +200
        web: call         client   10  +80
          cart: handle    server  520  +60
        web: call         client  100  +90
          cart: handle    server  605  +80
    `);
    expect(shown(built)).toContain('handle 105+80 shifted -500');
  });

  test('a callee that starts before a caller that it outlasts only moves to the caller’s start', () => {
    const built = tree(`
      web: call           client  10 +50
        cart: handle      server   0 +500
    `);
    expect(shown(built)).toBe('call 10+50\n  handle 10+500 shifted 10');
  });

  test.each([
    ['inside of its caller', 'web: call client 10 +50\n  cart: handle server 20 +30'],
    ['later by less than a millisecond', 'web: call client 10 +50\n  cart: handle server 20 +40.5'],
    [
      'later by a few milliseconds on the same host',
      'web: call client 10 +50 host.name=a\n  cart: handle server 14 +50 host.name=a',
    ],
    ['in the same process', 'web: call internal 10 +50\n  web: handle internal 100 +30'],
    ['a message handled later', 'web: send producer 10 +50\n  cart: handle consumer 900 +30'],
    ['still running when its caller timed out', 'web: call client 10 +50 error=timeout\n  cart: handle server 20 +49'],
    ['under a caller without an end', 'web: call client 10 +0\n  cart: handle server 20 +30'],
  ])('a callee is left alone when it is %s', (_, picture) => {
    expect(tree(picture).notes.skews).toEqual([]);
  });

  test('orphans keep their clock', () => {
    const built = tree(`
      web: GET /          server  0 +100
      cart: read          server 20  +10 parent=99
    `);
    expect(built.notes.skews).toEqual([]);
  });
});

test('links to other traces are counted', () => {
  const [span] = drawSpans('web: GET / server 0 +100') as [Span];
  const links = [
    { traceId: 'aa', spanId: '01' },
    { traceId: 'bb', spanId: '02' },
  ];
  expect(buildTree([{ ...span, links }], 'aa')!.notes.outsideLinks).toBe(1);
});
