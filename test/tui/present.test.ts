import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { chart } from '../../src/tui/present/chart.ts';
import { recordLines, severity } from '../../src/tui/present/logs.ts';
import { change, compact, duration, percent, rate } from '../../src/tui/present/numbers.ts';
import { errorChange } from '../../src/tui/present/services.ts';
import { resample, sparkline, tonedSparkline } from '../../src/tui/present/sparkline.ts';
import { spanLines } from '../../src/tui/present/span.ts';
import { column, cell, headingLine, placeColumns, rowLine } from '../../src/tui/present/table.ts';
import {
  cut,
  cutStart,
  fit,
  fitLine,
  highlight,
  lineWidth,
  narrow,
  printable,
  segment,
  spread,
  wrap,
  type Line,
} from '../../src/tui/present/text.ts';
import { ago, clock, dayClock, rangeText } from '../../src/tui/present/time.ts';
import { waterfallLine } from '../../src/tui/present/waterfall.ts';
import { noMark } from '../../src/tui/present/grades.ts';
import { now, shop } from './support/fixtures.ts';

const textOf = (line: Line): string => line.map((s) => s.text).join('');

describe('numbers keep three digits that count', () => {
  test.each([
    [0, '0'],
    [7, '7'],
    [999, '999'],
    [1000, '1.00k'],
    [12_345, '12.3k'],
    [999_999, '1.00M'],
    [1.5e9, '1.50G'],
    [2e12, '2.00T'],
    [Number.NaN, '–'],
  ])('compact %f is %s', (value, text) => expect(compact(value)).toBe(text));

  test.each([
    [0, '0'],
    [840, '840ns'],
    [12_300, '12.3µs'],
    [999_999, '1.00ms'],
    [45_600_000, '45.6ms'],
    [1_230_000_000, '1.23s'],
    [59_990_000_000, '1m00s'],
    [125_000_000_000, '2m05s'],
    [11_220_000_000_000, '3h07m'],
    [Number.POSITIVE_INFINITY, '–'],
  ])('duration of %f ns is %s', (ns, text) => expect(duration(ns)).toBe(text));

  test('rates and shares never make something of nothing, nor nothing of something', () => {
    expect([0, 0.001, 0.5, 38.1, 4560].map(rate)).toEqual(['0/s', '<0.01/s', '0.50/s', '38.1/s', '4.56k/s']);
    expect([0, 0.00001, 0.084, 0.5, 1].map(percent)).toEqual(['0%', '<0.01%', '8.40%', '50.0%', '100%']);
    expect(percent(Number.NaN)).toBe('–');
  });

  test('changes', () => {
    expect([
      change(112, 100),
      change(97, 100),
      change(100, 100),
      change(420, 100),
      change(5, null),
      change(0, 0),
    ]).toEqual(['+12%', '-3%', '=', '×4.20', 'new', '–']);
    expect([
      errorChange(0.05, 0.01),
      errorChange(0.2, 0.01),
      errorChange(0.01, 0.01),
      errorChange(0.1, null),
      errorChange(0, null),
    ]).toEqual(['+4.0pp', '+19pp', '=', 'new', '–']);
  });
});

describe('time', () => {
  test('clocks, ages and ranges', () => {
    expect(clock(now + 41, 'utc', true)).toBe('12:00:00.041');
    expect(dayClock(now, 'utc')).toBe('01-31 12:00:00');
    expect(clock(Number.NaN, 'utc')).toBe('??:??:??');
    expect([0, 12, 240, 10_800, 200_000].map((s) => ago(now - s * 1000, now))).toEqual([
      'now',
      '12s',
      '4m',
      '3h',
      '2d',
    ]);
    expect(ago(now + 3000, now)).toBe('+3s');
    expect([90_000, 900_000, 21_600_000, 172_800_000].map(rangeText)).toEqual(['90s', '15m', '6h', '2d']);
  });

  test('local time is that of the machine', () => {
    const at = new Date(now);
    expect(clock(now, 'local').slice(0, 2)).toBe(String(at.getHours()).padStart(2, '0'));
  });
});

describe('text takes exactly the columns it is given', () => {
  const samples = [
    'plain',
    '東京カフェ',
    'café',
    'e\u0301te\u0301',
    '👩‍👩‍👧‍👦 family',
    '🇩🇪 flag',
    'a\tb',
    'evil\u001b[31mred',
    '',
  ];
  test.each(samples)('%j', (sample) => {
    for (let width = 0; width < 14; width++) {
      expect(stringWidth(fit(sample, width))).toBe(width);
      expect(stringWidth(fit(sample, width, 'right'))).toBe(width);
      expect(stringWidth(cut(printable(sample), width))).toBeLessThanOrEqual(width);
      expect(stringWidth(cutStart(printable(sample), width))).toBeLessThanOrEqual(width);
      expect(lineWidth(fitLine([segment(printable(sample)), segment('and more')], width))).toBe(width);
    }
  });

  test('the characters that count as narrow without a look are so', () => {
    for (let code = 0x20; code < 0x2800; code++) {
      const character = String.fromCodePoint(code);
      if (narrow.test(character)) expect(stringWidth(character), code.toString(16)).toBe(1);
    }
  });

  test('what is cut ends in …, and a character is never split', () => {
    expect(cut('checkout', 5)).toBe('chec…');
    expect(cut('東京カフェ', 5)).toBe('東京…');
    expect(cut('東京カフェ', 4)).toBe('東…');
    expect(cutStart('GET /orders', 6)).toBe('…rders');
    expect(cut('x'.repeat(1_000_000) + '京', 4)).toBe('xxx…');
  });

  test('control characters cannot reach the terminal', () => {
    expect(printable('a\u001b[2Jb\u0007\nc\u202ed')).toBe('a·[2Jb·⏎c·d');
  });

  test('spread, wrap and highlight', () => {
    expect(textOf(spread([segment('left')], [segment('right')], 12))).toBe('left   right');
    expect(textOf(spread([segment('left')], [segment('right')], 7))).toBe('l…right');
    expect(wrap('one two three\nfour', 9, 9)).toEqual(['one two', 'three', 'four']);
    expect(wrap('abcdefghij', 4, 9)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('abcdefghij', 4, 2)).toEqual(['abcd', 'efgh']);
    expect(highlight('Slow slower', 'slow', 'normal').map((s) => s.tone)).toEqual([
      'match',
      'normal',
      'match',
      'normal',
    ]);
    expect(highlight('İİ', 'i', 'normal')).toEqual([segment('İİ')]);
  });
});

describe('tables', () => {
  const columns = [
    column<string>('name', 'name', 6, (s) => cell(s), { max: 20, measure: (s) => s }),
    column<string>('size', 'size', 4, (s) => cell(String(s.length)), { align: 'right' }),
    column<string>('rest', 'rest', 8, (s) => cell(s), { max: 30 }),
  ];
  const rows = [{ data: 'a longer name' }];

  test('the last columns go first when room is short, and columns grow for what is in them', () => {
    const widths = (width: number): readonly string[] =>
      placeColumns(columns, width, rows).map((p) => `${p.column.id} ${p.width}`);
    expect(widths(14)).toEqual(['name 6', 'size 4']);
    expect(widths(24)).toEqual(['name 7', 'size 4', 'rest 8']);
    expect(widths(60)).toEqual(['name 13', 'size 4', 'rest 30']);
    expect(widths(4)).toEqual([]);
  });

  test('headings stand over their cells', () => {
    const placed = placeColumns(columns, 40, rows);
    expect(textOf(headingLine(placed, 40))).toBe('   name          size rest              ');
    expect(textOf(rowLine(placed, 'a longer name', 40, true, noMark))).toBe('▸  a longer name   13 a longer name     ');
  });
});

describe('drawings', () => {
  test('sparklines', () => {
    expect(sparkline([0, 1, 2, 4, 8])).toBe(' ▂▃▅█');
    expect(sparkline([0, 0])).toBe('  ');
    expect(resample([1, 3, 5, 7], 2, 'sum')).toEqual([2, 6]);
    expect(resample([1, 3, 5, 7], 2, 'max')).toEqual([3, 7]);
    expect(resample([1], 0, 'max')).toEqual([]);
    const toned = tonedSparkline([1, 1, 2], 5, (i) => (i === 2 ? 'bad' : 'good'));
    expect(toned).toEqual([
      { text: '  ', tone: 'muted' },
      { text: '▅▅', tone: 'good' },
      { text: '█', tone: 'bad' },
    ]);
  });

  test('a chart has its labels, its height and its width', () => {
    const rows = chart([0, 1, 2, 3, 4], 24, 5, (v) => v.toFixed(0));
    expect(rows.map((r) => stringWidth(r))).toEqual([24, 24, 24, 24, 24]);
    expect(rows.map((r) => r.trimEnd())).toEqual([
      '       4┼           ╭─',
      '       3┤        ╭──╯',
      '       2┤     ╭──╯',
      '       1┤  ╭──╯',
      '       0┼──╯',
    ]);
    expect(chart([], 12, 3, String).join('').trim()).toBe('');
    expect(chart([0, 0], 12, 3, String).join('').trim()).toBe('');
  });

  test('a waterfall: names as a tree, heavy bars on the critical path', () => {
    const { trace } = shop;
    const lines = (trace.tree?.spans ?? []).map((span) => textOf(waterfallLine(trace, span, 76, false, '')).trimEnd());
    expect(lines).toEqual([
      ' ✗ web POST /checkout                 337ms ───────────────────────────────█',
      ' ✗ └ POST                             329ms █──────────────────────────────█',
      ' ✗   └ checkout POST /checkout        325ms █──────────────────────█────███',
      '       ├ GET                          241ms █──────────────────────█',
      '       │ └ inventory GET /stock       237ms  ──────────█──────────██',
      '       │   ├ SELECT stock             113ms  ███████████',
      '       │   └ SELECT stock             113ms             ███████████',
      ' ✗     └ POST                        53.7ms                        █────█',
      ' ✗       └ payment POST /pay         49.7ms                         █████',
    ]);
  });

  test('span details tell time, path, error, events and attributes', () => {
    const { trace } = shop;
    const pay = trace.tree!.spans.at(-1)!;
    const text = spanLines(trace, pay, 60, 'utc').map(textOf).join('\n');
    for (const part of [
      'payment',
      'POST /pay',
      'on the critical path',
      'card processor refused',
      'exception',
      'at charge (pay.js:12)',
      'service.version',
    ]) {
      expect(text).toContain(part);
    }
  });
});

describe('log records', () => {
  test('severities by number, else by the sender’s word', () => {
    const name = (severityNumber: number, severityText = ''): string => severity({ severityNumber, severityText }).name;
    expect([1, 5, 9, 13, 17, 21, 24].map((n) => name(n))).toEqual([
      'TRACE',
      'DEBUG',
      'INFO',
      'WARN',
      'ERROR',
      'FATAL',
      'FATAL',
    ]);
    expect([name(0, 'notice'), name(0)]).toEqual(['NOTICE', '–']);
    expect(severity({ severityNumber: 17, severityText: '' }).tone).toBe('bad');
  });

  test('a record in full', () => {
    const lines = recordLines(shop.logs[1]!, 70, 6, 'utc').map(textOf);
    expect(lines[0]).toContain('ERROR  payment  trace');
    expect(lines).toContain('http.route  /checkout');
    expect(recordLines(shop.logs[4]!, 70, 3, 'utc')).toHaveLength(3);
  });
});
