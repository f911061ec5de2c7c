import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { renderTable } from '../../../src/engine/search/render-table.ts';

const columns = [
  { name: 'service', type: 'LowCardinality(String)' },
  { name: 'calls', type: 'UInt64' },
  { name: 'note', type: 'Nullable(String)' },
];

describe('a table for people', () => {
  test('numbers stand to the right, text to the left, NULL is said', () => {
    expect(
      renderTable(
        columns,
        [
          ['web', '1200', null],
          ['checkout', '7', 'slow'],
        ],
        80,
      ),
    ).toBe(
      ['service   calls  note', '────────  ─────  ────', 'web        1200  NULL', 'checkout      7  slow', ''].join(
        '\n',
      ),
    );
  });

  test('hundreds of thousands of rows are no problem', () => {
    const table = renderTable(
      [{ name: 'n', type: 'UInt64' }],
      Array.from({ length: 300_000 }, (_, n) => [`${n}`]),
      80,
    );
    expect(table.split('\n')).toHaveLength(300_003);
    expect(table.endsWith('\n299999\n')).toBe(true);
  });

  test('wide columns give way until the table fits', () => {
    const table = renderTable(columns, [['web', '1', 'x'.repeat(500)]], 40);
    expect(Math.max(...table.split('\n').map((line) => stringWidth(line)))).toBe(40);
    expect(table).toContain('…');
  });

  test('wide characters keep the columns aligned', () => {
    const lines = renderTable(
      columns,
      [
        ['注文', '1', 'a'],
        ['web', '2', 'b'],
      ],
      80,
    ).split('\n');
    expect(stringWidth((lines[2] ?? '').split('1')[0] ?? '')).toBe(stringWidth((lines[3] ?? '').split('2')[0] ?? ''));
  });

  test('an escape sequence in the data does not reach the terminal', () => {
    const table = renderTable(columns, [['\u001b[2Jweb\nnext', '1', { a: [1] }]], 80);
    expect(table).toContain('·[2Jweb⏎next');
    expect(table).toContain('{"a":[1]}');
  });
});
