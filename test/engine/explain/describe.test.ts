import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describe as describeTrace } from '../../../src/engine/explain/describe.ts';
import { findShapes } from '../../../src/engine/explain/explain-trace.ts';
import { renderMarkdown } from '../../../src/engine/explain/render/markdown.ts';
import { renderText } from '../../../src/engine/explain/render/text.ts';
import { drawTrace } from '../../support/trace-dsl.ts';
import { contextOf, explanationOf } from './drawn-context.ts';
import { garbage } from './garbage.ts';

describe('what could not be seen is said', () => {
  const missing = (picture: string): readonly string[] => explanationOf(picture).missing.map(({ text }) => text);

  test('spans that were not received', () => {
    const found = missing(`
      web: GET /       server 0 +100
      cart: read       server 20 +10 parent=99
      cart: write      server 40 +10 parent=99
      jobs: tick       server 900 +10 parent=98`);
    expect(found).toContain('2 spans that 3 others name as parent were not received: a stand-in shows in their place.');
    expect(found).toContain('1 other root beside the longest: it does not count for the latency.');
  });

  test('one such span', () => {
    const found = missing('web: GET / server 0 +100\ncart: read server 20 +10 parent=99');
    expect(found[0]).toBe('1 span that 1 other names as parent was not received: a stand-in shows in its place.');
  });

  test('clocks, cycles, spans without an end, and what nobody waited for', () => {
    const found = missing(`
      web: GET /            server 0 +100
        web: call           client 10 +80
          cart: handle      server 5000 +60
        web: stream         internal 20 +0
          web: chunk        internal 30 +20
        web: mail           internal 50 +400
      a: one                internal 10 +20 id=a parent=b
      a: two                internal 12 +10 id=b parent=a`).join('\n');
    expect(found).toContain('The clock of cart differs: 1 span moved by -4.98 s');
    expect(found).toContain('1 cycle of parents');
    expect(found).toContain('1 span without an end');
    expect(found).toContain('1 span ended after its parent: nobody waited for the rest.');
  });

  test('copies, shared ids, links, what was dropped, and limits that were reached', () => {
    const data = drawTrace('web: GET / client 0 +100 id=a\n  web: call server 5 +10 id=a parent=');
    const [first, second] = data.spans;
    const spans = [first!, first!, { ...second!, dropped: 2, links: [{ traceId: 'other', spanId: '1' }] }];
    const context = contextOf({ ...data, spans, isCut: true, areLogsCut: true });
    const said = describeTrace(context, [])
      .missing.map(({ text }) => text)
      .join('\n');
    expect(said).toContain('more than 50,000 spans');
    expect(said).toContain('1 span received more than once');
    expect(said).toContain('1 span shared an id');
    expect(said).toContain('1 link to other traces');
    expect(said).toContain('1 span lost attributes');
    expect(said).toContain('Only the first 0 log records');
  });

  test('operations without history, some or all', () => {
    const picture = 'web: GET / server 0 +100\n  web: call client 5 +90';
    expect(explanationOf(picture).missing[0]?.text).toContain('No spans came from call');
    expect(explanationOf(picture, { usual: { 'web GET /': 100 } }).missing.map(({ text }) => text)).toContain(
      '1 operation on the path has no history yet.',
    );
  });
});

describe('the verdict', () => {
  test('without a finding says where the time went', () => {
    const { verdict } = explanationOf('web: GET / server 0 +10\n  web: call client 1 +4', {
      usual: { 'web GET /': 10, 'web call': 4 },
    });
    expect(verdict).toMatchObject({ finding: null, culprit: null, severity: null });
    expect(verdict.sentence).toBe(
      'web "GET /" took 10 ms, within its usual range. Nothing stands out; most of it, 6 ms (60 %), is web "GET /" itself.',
    );
    expect(explanationOf('web: GET / server 0 +0').verdict.sentence).toContain('Nothing stands out.');
  });

  test('hedges when the finding is a guess', () => {
    const { verdict } = explanationOf('web: GET / server 0 +500\n  web: SELECT client 450 +5 db.system=x');
    expect(verdict.sentence).toContain('Most likely: ');
  });
});

test('commands to type next never carry what a terminal would obey', () => {
  const { next } = explanationOf('web: GET / server 0 +500\n  web: a\u001b[2Jb client 5 +490 server.address=x');
  expect(next[0]!.command).toBe('obs traces --service web --slowest');
  const quoted = explanationOf("web: GET / server 0 +500\n  web: it's $(slow) client 5 +490 server.address=x").next;
  expect(quoted[0]!.command).toBe(String.raw`obs traces --service web --operation 'it'\''s $(slow)' --slowest`);
});

test('whatever was received is explained and drawn, in every format and width', () => {
  fc.assert(
    fc.property(garbage, fc.integer({ min: 10, max: 250 }), (spans, width) => {
      const context = contextOf({ ...drawTrace(''), spans });
      const findings = findShapes(context).map((finding) => ({ ...finding, evidence: [] }));
      const explanation = describeTrace(context, findings);
      expect(explanation.path.reduce((sum, { selfMs }) => sum + selfMs, 0)).toBeCloseTo(
        explanation.trace.durationMs,
        6,
      );
      for (const { explains, confidence } of findings) {
        expect(explains.percent).toBeGreaterThanOrEqual(0);
        expect(explains.percent).toBeLessThanOrEqual(100);
        expect(confidence).toBeLessThanOrEqual(1);
      }
      expect(renderText(explanation, { width, mostRows: 12 })).toContain('Trace');
      expect(renderMarkdown(explanation)).toContain('##');
    }),
    { numRuns: 200, seed: 5 },
  );
});
