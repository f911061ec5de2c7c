import { stripVTControlCharacters, styleText } from 'node:util';
import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { evidenceTable } from '../../../src/engine/explain/render/evidence-table.ts';
import { foldRows } from '../../../src/engine/explain/render/fold.ts';
import { noPaint, type Paint } from '../../../src/engine/explain/render/paint.ts';
import { render } from '../../../src/engine/explain/render/render.ts';
import { renderText } from '../../../src/engine/explain/render/text.ts';
import { failLevels, failsOn } from '../../../src/engine/explain/severity.ts';
import { bytesText, durationText, percentText } from '../../../src/engine/explain/format.ts';
import { cut, wrap } from '../../../src/engine/explain/render/columns.ts';
import { nearestIds } from '../../../src/engine/explain/nearest-ids.ts';
import { explanationOf } from './drawn-context.ts';
import { nothingUnusual, slowBank, slowBankUsual } from './sample-explanation.ts';

const failing = `
  web: POST /order          server  0 +60 error
    web: POST /reserve      client  5 +50 error
      stock: POST /pick     server 10 +20 error="no dock"`;

/** A loop of 42 statements beside a fan-out of 30, in a trace with a chain below. */
const many = `
  web: GET /            server 0 +900
    cart: load          internal 5 +500
${Array.from({ length: 42 }, (_, at) => `      cart: SELECT price  client ${10 + at * 11} +10 db.system.name=sqlite`).join('\n')}
    web: GET /a         client 520 +50
    web: GET /b         client 520 +350
      b: GET /b         server 530 +320`;

describe('an explanation for people at 80 columns', () => {
  test('many alike', () => expect(renderText(explanationOf(many))).toMatchSnapshot());

  test('the mark of the critical path has no holes, also where a caller has no time of its own on it', () => {
    const picture =
      'web: GET / server 0 +20\n  web: call  client 2 +10\n    cart: handle  server 2 +10\n  web: audit  client 2 +1';
    const explanation = explanationOf(picture);
    expect(explanation.spans.map(({ pathMs }) => pathMs)).toEqual([10, 0, 10, null]);
    const marked = renderText(explanation).match(/^▌.*(?:GET \/|call|handle|audit) /gm);
    expect(marked).toHaveLength(3);
  });

  test('a command that is too long goes on after its pipe or a backslash, and can be pasted as it is', () => {
    const explanation = explanationOf(slowBank, { usual: slowBankUsual });
    const long = [
      { why: 'a pipe', command: `obs traces --json --service ${'s'.repeat(40)} | obs explain - --format html` },
      { why: 'flags', command: `obs logs --service payment --since ${'1'.repeat(24)} --until ${'2'.repeat(24)}` },
      { why: 'quotes', command: `obs traces --service 'a --b ${'c'.repeat(60)}' --slowest` },
    ];
    const [, next] = renderText({ ...explanation, next: long }).split('\nNext\n');
    expect(next).toBe(`  # a pipe
  obs traces --json --service ${'s'.repeat(40)} |
    obs explain - --format html
  # flags
  obs logs --service payment --since ${'1'.repeat(24)} \\
    --until ${'2'.repeat(24)}
  # quotes
  obs traces --service 'a --b ${'c'.repeat(60)}' --slowest
`);
  });

  test('of a course of time the first and the last rows are drawn, of other rows the first; a few are all drawn', () => {
    const explanation = explanationOf(slowBank, { usual: slowBankUsual });
    const drawn = (column: string, count: number): readonly string[] => {
      const rows = Array.from({ length: count }, (_, n) => ({ [column]: `at ${n + 1}`, calls: 7 }));
      const evidence = [{ id: 'a'.repeat(10), title: 'Rows', sql: '', rows }];
      const text = renderText({ ...explanation, findings: [{ ...explanation.findings[0]!, evidence }] });
      return [...text.matchAll(/^ {5}(at \d+|….*)/gm)].map(([, line = '']) => line);
    };
    expect(drawn('time', 5)).toEqual(['at 1', 'at 2', 'at 3', 'at 4', 'at 5']);
    expect(drawn('time', 30)).toEqual(['at 1', 'at 2', '… 26 more rows', 'at 29', 'at 30']);
    expect(drawn('start', 6)).toEqual(['at 1', 'at 2', 'at 3', 'at 4', '… and 2 more rows']);
  });

  test('a table is drawn once, and of what a finding says nothing is said again as not seen', () => {
    const explanation = explanationOf(slowBank, { usual: slowBankUsual });
    const [first] = explanation.findings;
    const row = [{ start: '10:00:00.084', duration_ms: 1320 }];
    const evidence = ['a', 'b'].map((name) => ({ id: name.repeat(10), title: `Spans ${name}`, sql: name, rows: row }));
    const silent = { ...first!, id: 'missing-instrumentation' as const, title: 'bank sends no spans' };
    const missing = [{ text: 'No spans came from bank: nobody knows.', settle: 'Instrument bank' }];
    const again = { ...first!, id: 'fan-out' as const, title: 'Another shape', evidence: [evidence[0]!] };
    const told = renderText({ ...explanation, missing, findings: [{ ...first!, evidence }, again, silent] });
    expect(told.match(/10:00:00\.084/g)).toHaveLength(1);
    expect(told).toContain('Spans b [bbbbbbbbbb]: as in [aaaaaaaaaa]');
    expect(told).toContain('Spans a: [aaaaaaaaaa] above');
    expect(told).not.toContain('No spans came from bank');
    expect(renderText({ ...explanation, missing, findings: [first!] })).toContain('No spans came from bank');
  });

  test.each([60, 80, 120, 200])('no line but a command is longer than %i cells', (width) => {
    for (const picture of [slowBank, failing, many]) {
      const [said, next] = renderText(explanationOf(picture, { usual: slowBankUsual }), { width }).split('\nNext\n');
      const lines = [...said!.split('\n'), ...next!.split('\n').filter((line) => !/^ {2}obs (?!.*\|)/.test(line))];
      for (const line of lines) expect(stringWidth(line)).toBeLessThanOrEqual(width);
    }
  });

  test('wide characters and long names are cut, and control characters never reach the terminal', () => {
    const picture = slowBank.replaceAll(
      'POST /charges',
      '支払い支払い支払い支払い支払い支払い支払い支払い\u001b[31m\u0007',
    );
    const text = renderText(explanationOf(picture, { usual: slowBankUsual }));
    expect(text).toBe(stripVTControlCharacters(text));
    expect(text).not.toContain('\u0007');
    for (const line of text.split('\nNext\n')[0]!.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
  });

  test('colours change nothing but colour', () => {
    const red = (text: string): string => styleText('red', text, { validateStream: false });
    const paint: Paint = { dim: red, error: red, warning: red, good: red, accent: red };
    const explanation = explanationOf(slowBank, { usual: slowBankUsual });
    const coloured = renderText(explanation, { paint });
    expect(coloured).not.toBe(renderText(explanation));
    expect(stripVTControlCharacters(coloured)).toBe(renderText(explanation));
  });
});

describe('folding', () => {
  const rowsOf = (picture: string, most: number) =>
    foldRows(explanationOf(picture).spans, most).map(({ kind, spans, depth, onPath }) =>
      [kind === 'summary' ? 'summary' : spans[0]!.operation, spans.length, depth, onPath].join(' '),
    );

  test('alike siblings become one row, with what lies below them', () => {
    const nested = `web: GET /  server 0 +900\n${Array.from({ length: 9 }, (_, at) => `  web: call  client ${at * 100} +90\n    back: do  server ${at * 100 + 5} +80`).join('\n')}`;
    expect(rowsOf(nested, 40)).toEqual(['GET / 1 0 true', 'call 9 1 true', 'do 9 2 true']);
  });

  test('three alike stay apart', () => {
    expect(
      rowsOf('web: GET / server 0 +90\n  web: a client 1 +9\n  web: a client 20 +9\n  web: a client 40 +9', 40),
    ).toHaveLength(4);
  });

  const broad = `web: GET /  server 0 +1000\n  web: slow  client 1 +990\n${Array.from({ length: 60 }, (_, at) => `  web: side ${at}  client ${at} +5`).join('\n')}`;

  test('what is off the path is summed up when there are too many rows', () => {
    expect(rowsOf(broad, 10)).toEqual(['GET / 1 0 true', 'side 0 1 1 false', 'slow 1 1 true', 'summary 59 1 false']);
  });

  test('a deep path keeps the steps that count', () => {
    const deep = Array.from(
      { length: 100 },
      (_, at) => `${' '.repeat(at)}web: step ${at}  internal ${at} +${1000 - 2 * at - (at > 50 ? 300 : 0)}`,
    ).join('\n');
    const rows = foldRows(explanationOf(deep).spans, 12);
    expect(rows.length).toBeLessThanOrEqual(13);
    expect(rows[0]!.spans[0]!.operation).toBe('step 0');
    expect(rows.reduce((sum, { spans }) => sum + spans.length, 0)).toBe(100);
  });
});

describe('Markdown', () => {
  test('has the waterfall, the findings and their statements', () => {
    const text = render(explanationOf(slowBank, { usual: slowBankUsual }), 'markdown', { width: 80, paint: noPaint });
    expect(text).toContain('## web "POST /checkout": 2 s');
    expect(text).toContain('#### 1. Slow dependency: bank, 24× its usual time');
    expect(text).toMatch(/```sql\nSELECT SpanId AS span/);
    expect(text).toContain('### Next');
  });

  test('text from outside formats nothing', () => {
    const nasty = slowBank.replaceAll('POST /charges', '*a*|`b`<script>@all');
    const text = render(explanationOf(nasty, { usual: slowBankUsual }), 'markdown', { width: 80, paint: noPaint });
    const outsideOfCode = text.replaceAll(/```[^]*?```/g, '').replaceAll(/`[^`\n]*`/g, '');
    expect(outsideOfCode).not.toMatch(/<script>|[^\\]\*a|@all/);
  });
});

test('JSON is the explanation itself', () => {
  const explanation = explanationOf(failing);
  expect(JSON.parse(render(explanation, 'json', { width: 80, paint: noPaint }))).toEqual(
    JSON.parse(JSON.stringify(explanation)),
  );
});

test('--fail-on counts findings, and the verdict, that are at least as severe', () => {
  const failed = explanationOf(failing);
  const mild = { ...failed, findings: [], errors: null, verdict: { ...failed.verdict, severity: 'info' as const } };
  expect(failLevels.filter((level) => failsOn(failed, level))).toEqual([...failLevels]);
  expect(failLevels.filter((level) => failsOn(mild, level))).toEqual(['info']);
  expect(
    failLevels.filter((level) => failsOn({ ...mild, verdict: { ...mild.verdict, severity: null } }, level)),
  ).toEqual([]);
  expect(failLevels.filter((level) => failsOn(nothingUnusual(), level))).toEqual([]);
});

describe('small things', () => {
  test.each([
    [0, '0 ms'],
    [0.0004, '1 µs'],
    [0.85, '850 µs'],
    [0.9997, '1 ms'],
    [4.23, '4.2 ms'],
    [318.4, '318 ms'],
    [999.6, '1 s'],
    [2214, '2.21 s'],
    [10_040, '10 s'],
    [61_000, '1 min 1 s'],
    [120_000, '2 min'],
    [3_600_000, '1 h'],
    [5_400_000, '1 h 30 min'],
    [-20, '-20 ms'],
  ])('%d ms is %s', (ms, text) => expect(durationText(ms)).toBe(text));

  test('percent and bytes', () => {
    expect([0, 0.4, 12.6].map(percentText)).toEqual(['0 %', 'under 1 %', '13 %']);
    expect([12, 2048, 50 * 1024 * 1024].map(bytesText)).toEqual(['12 B', '2 KiB', '50 MiB']);
  });

  test('cutting and wrapping count cells, not characters', () => {
    expect(cut('支払い', 4)).toBe('支…');
    expect(cut('abc', 3)).toBe('abc');
    expect(cut('abc', 0)).toBe('');
    expect(wrap('aa bb cccccccc', 5, ' ')).toEqual([' aa', ' bb', ' cccc', ' cccc']);
  });

  test('evidence as a table leaves out what is empty, said already, or does not fit', () => {
    const row = { span: 'ab', service: 'cart', start: '10:00', duration_ms: 1.23456, message: '', list: [1, 2.5] };
    expect(evidenceTable([row, { ...row, duration_ms: 20 }], 60)).toEqual([
      'start  duration_ms  list',
      '10:00        1.235  1/2.5',
      '10:00           20  1/2.5',
    ]);
    expect(evidenceTable([row], 8)).toEqual(['start', '10:00']);
    expect(evidenceTable([row], 3)).toEqual(['st…', '10…']);
    expect(evidenceTable([], 60)).toEqual([]);
  });

  test('near ids are those with the same beginning, or a few digits off', () => {
    const ids = [
      'abcdef01234567890000000000000000',
      'abcdff01234567890000000000000000',
      '99999999999999999999999999999999',
    ];
    expect(nearestIds('abcdef01234567890000000000000001', ids)).toEqual(ids.slice(0, 2));
    expect(nearestIds('bcdef01', ids)).toEqual([ids[0]]);
    expect(nearestIds('5555', ids)).toEqual([]);
  });
});
