import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import type { AssertAnswer, ComparisonAnswer, ExplainedTrace } from '../../../../src/engine/explain/assert/answer.ts';
import { assertFormats, renderAssert } from '../../../../src/engine/explain/assert/render/render.ts';
import { noPaint } from '../../../../src/engine/explain/render/paint.ts';

const comparison = (more: Partial<ComparisonAnswer>): ComparisonAnswer => ({
  comparison: 'p95(POST /checkout) < 300ms',
  measure: 'p95',
  comparator: '<',
  value: 412,
  bound: 300,
  unit: 'ms',
  holds: false,
  of: 'web:POST /checkout',
  count: 1204,
  problem: null,
  evidenceId: '0123456789',
  sql: 'SELECT 1',
  rows: [],
  ...more,
});
const noErrors = comparison({
  comparison: 'errors(cart) == 0',
  measure: 'errors',
  comparator: '==',
  value: 0,
  bound: 0,
  unit: 'count',
  holds: true,
  of: 'service cart',
  count: 900,
});
const trace = (letter: string, verdict: string | null): ExplainedTrace => ({
  traceId: letter.repeat(32),
  verdict,
  finding: { id: 'pool-wait', title: 'waits for a connection', severity: 'critical' },
  next: `obs explain ${letter.repeat(32)}`,
});
const evidence = { id: '9876543210', title: 'Traces with the longest calls', sql: 'SELECT 2', rows: [] };
const slow = 'web "POST /checkout" took 700 ms, 16× its usual 44 ms. Why: it waits for a connection.';

const answer: AssertAnswer = {
  version: 1,
  holds: false,
  from: '2026-01-31T12:00:00.000Z',
  to: '2026-01-31T12:05:00.000Z',
  source: 'spans',
  spans: 18_311,
  assertions: [
    {
      assertion: 'p95(POST /checkout) < 300ms and errors(cart) == 0',
      holds: false,
      comparisons: [comparison({}), noErrors],
    },
    { assertion: 'errors(cart)==0', holds: true, comparisons: [noErrors] },
    {
      assertion: 'errors(crat) == 0',
      holds: null,
      comparisons: [
        comparison({
          comparison: 'errors(crat) == 0',
          unit: 'count',
          value: null,
          holds: null,
          of: null,
          problem: { text: 'no service and no operation "crat"; near: "cart"', from: 7, to: 11 },
        }),
      ],
    },
    { assertion: 'not errors(cart) == 0', holds: false, comparisons: [noErrors] },
  ],
  because: [
    {
      comparison: 'p95(POST /checkout) < 300ms',
      value: 412,
      unit: 'ms',
      evidence,
      lines: [],
      traces: [trace('a', slow), trace('b', slow)],
    },
    {
      comparison: 'errors(cart) == 0',
      value: 0,
      unit: 'count',
      evidence,
      lines: ['the pool is empty'],
      traces: [trace('b', slow), trace('c', null)],
    },
  ],
  notes: ['calls(x): no service and no operation "x"'],
};
const plain = { width: 80, paint: noPaint };

describe('as text', () => {
  const text = renderAssert(answer, 'text', plain);

  test('each assertion has its values, and what has none shows where', () => {
    expect(text.split('\n').slice(0, 10)).toEqual([
      '✗ p95(POST /checkout) < 300ms and errors(cart) == 0',
      '  ✗ p95(POST /checkout) < 300ms: 412 ms (web:POST /checkout, 1,204 calls)',
      '  ✓ errors(cart) == 0: 0 (service cart)',
      '✓ errors(cart) == 0: 0 (service cart)',
      '? errors(crat) == 0: no service and no operation "crat"; near: "cart"',
      '    errors(crat) == 0',
      '           ^^^^',
      // Below a `not` the comparison holds, and the assertion does not.
      '✗ not errors(cart) == 0',
      '  ✓ errors(cart) == 0: 0 (service cart)',
      'Note: calls(x): no service and no operation "x"',
    ]);
    expect(text).toContain('1 of 4 assertions hold · 2026-01-31 12:00:00 to 12:05:00 UTC');
  });

  test('traces of one explanation are told of once, and every one can be asked about', () => {
    expect(text.split('took 700 ms')).toHaveLength(2);
    for (const letter of ['a', 'b', 'c']) expect(text).toContain(`  obs explain ${letter.repeat(32)}`);
    expect(text).toContain('"the pool is empty"');
  });

  test('no line is wider than the terminal', () => {
    const wide = {
      ...answer,
      assertions: [{ ...answer.assertions[0]!, assertion: 'errors(cart) == 0 and '.repeat(9) }],
    };
    for (const line of renderAssert(wide, 'text', plain).split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  });
});

test('JUnit has a test case an assertion: passed, failed, or an error where it could not be asked', () => {
  const xml = renderAssert(answer, 'junit', plain);
  expect(xml).toContain('<testsuites name="obs assert" tests="4" failures="2" errors="1" skipped="0" time="0">');
  expect(xml.match(/<testcase [^>]*><(\w|-)+/g)?.map((tag) => tag.split('<').at(-1))).toEqual([
    'failure',
    'system-out',
    'error',
    'failure',
  ]);
  expect(xml).toContain('message="p95(POST /checkout) &lt; 300ms: 412 ms (web:POST /checkout, 1,204 calls)"');
});

test('GitHub gets one error for each that does not hold or could not be asked, each on one line', () => {
  const lines = renderAssert(answer, 'github', plain).trimEnd().split('\n');
  expect(lines.map((line) => line.slice(0, line.indexOf('::', 2)))).toEqual([
    '::error title=does not hold%3A p95(POST /checkout) < 300ms and errors(cart) == 0',
    '::error title=could not be asked%3A errors(crat) == 0',
    '::error title=does not hold%3A not errors(cart) == 0',
    '::notice title=obs assert',
  ]);
  const many = { ...answer, assertions: Array.from({ length: 30 }, () => answer.assertions[0]!) };
  const shown = renderAssert(many, 'github', plain)
    .split('\n')
    .filter((line) => line.startsWith('::error'));
  expect(shown).toHaveLength(10);
  expect(shown.at(-1)).toContain('21 more');
});

test('Markdown has a table of the values', () => {
  const markdown = renderAssert(answer, 'markdown', plain);
  expect(markdown).toContain('| ✗ | p95(POST /checkout) &lt; 300ms | 412 ms | web:POST /checkout, 1,204 calls |');
  expect(markdown).toContain('```sql\nSELECT 2\n```');
});

test('JSON is the answer', () => {
  expect(JSON.parse(renderAssert(answer, 'json', plain))).toEqual(answer);
});

test.each(assertFormats.filter((format) => format !== 'json'))(
  'telemetry neither moves the cursor nor breaks out of %s',
  (format) => {
    const evil = '\u001b[2J\r\n::error::x</failure>|<script>"\u009b';
    const rude: AssertAnswer = {
      ...answer,
      assertions: [
        { assertion: evil, holds: false, comparisons: [comparison({ comparison: 'p95(x) < 1ms', of: evil })] },
        {
          assertion: evil,
          holds: null,
          comparisons: [comparison({ holds: null, problem: { text: evil, from: 0, to: 1 } })],
        },
      ],
      because: [
        { comparison: 'p95(x) < 1ms', value: 2, unit: 'ms', evidence, lines: [evil], traces: [trace('a', evil)] },
      ],
      notes: [evil],
    };
    const shown = renderAssert(rude, format, plain);
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(shown).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    if (format === 'github')
      for (const line of shown.trimEnd().split('\n')) expect(line).toMatch(/^::(error|notice) title=/);
    else expect(shown).not.toMatch(/^::/m);
    if (format !== 'text' && format !== 'github') expect(shown).not.toContain('<script>');
    if (format === 'junit') expect(shown.match(/<\/failure>/g)).toHaveLength(1);
  },
);
