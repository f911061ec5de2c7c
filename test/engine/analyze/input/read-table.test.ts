import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { readTable, type Table } from '../../../../src/engine/analyze/input/read-table.ts';
import type { BadRow } from '../../../../src/engine/analyze/input/row-reader.ts';

const folder = mkdtempSync(join(tmpdir(), 'obs-input-'));
afterAll(() => rmSync(folder, { recursive: true }));

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size);
}

interface Read {
  readonly columns: readonly string[];
  readonly timeColumn: string | undefined;
  readonly times: number[];
  /** [column][row] */
  readonly values: number[][];
  readonly lines: number[];
  readonly bad: BadRow[];
  readonly broken: string | undefined;
}

async function readAll(table: Table): Promise<Read> {
  const { columns, timeColumn } = table;
  const read = { times: [] as number[], values: columns.map((): number[] => []), lines: [] as number[] };
  const bad: BadRow[] = [];
  let broken: string | undefined;
  for await (const batch of table.batches) {
    read.times.push(...batch.unixMs);
    read.lines.push(...batch.lines);
    batch.values.forEach((column, index) => read.values[index]!.push(...column));
    bad.push(...batch.badRows);
    broken = batch.broken;
  }
  return { columns, timeColumn, ...read, bad, broken };
}

async function read(content: string | Uint8Array, size = 7): Promise<Read> {
  const table = await readTable(pieces(typeof content === 'string' ? Buffer.from(content) : content, size));
  if ('_tag' in table) throw new Error(table._tag);
  return readAll(table);
}

const utc = (...parts: Parameters<typeof Date.UTC>): number => Date.UTC(...parts);

describe('CSV', () => {
  test('header, time and numbers', async () => {
    const text = 'timestamp,value\n2026-01-05 00:00:00,1.5\n2026-01-05 00:05:00,-2e3\n';
    expect(await read(text)).toMatchObject({
      columns: ['value'],
      timeColumn: 'timestamp',
      times: [utc(2026, 0, 5), utc(2026, 0, 5, 0, 5)],
      values: [[1.5, -2000]],
      lines: [2, 3],
      bad: [],
    });
  });

  test('without header, columns are numbered', async () => {
    expect(await read('1,2\n3,4\n')).toMatchObject({
      columns: ['column 1', 'column 2'],
      timeColumn: undefined,
      times: [Number.NaN, Number.NaN],
      values: [
        [1, 3],
        [2, 4],
      ],
      lines: [1, 2],
    });
  });

  test('semicolons with decimal commas, and tabs', async () => {
    expect(await read('a;b\n1,5;2\n2,25;3\n')).toMatchObject({
      columns: ['a', 'b'],
      values: [
        [1.5, 2.25],
        [2, 3],
      ],
    });
    expect(await read('a\tb\n1,5\t2\n1,5\t4\n')).toMatchObject({ columns: ['b'], values: [[2, 4]] });
  });

  test('quoted cells may hold delimiters, quotes and line ends', async () => {
    const text = 'name,"the ""value"""\r\n"a,b",1\r\n"two\r\nlines","2"\r\nc,3\r\n';
    expect(await read(text)).toMatchObject({
      columns: ['the "value"'],
      values: [[1, 2, 3]],
      lines: [2, 3, 5],
      bad: [],
    });
  });

  test('text columns are left out, missing values are NaN', async () => {
    const text = 'host,cpu,mem\na,1,\nb,NaN,2\nc,null,3\nd,4,n/a\n';
    expect(await read(text)).toMatchObject({
      columns: ['cpu', 'mem'],
      values: [
        [1, Number.NaN, Number.NaN, 4],
        [Number.NaN, 2, 3, Number.NaN],
      ],
    });
  });

  test('empty and repeated names still name one column each', async () => {
    expect((await read('a,,a\n1,2,3\n')).columns).toEqual(['a', 'column 2', 'a 2']);
  });

  test('no line end behind the last row, old Mac line ends, blank lines', async () => {
    expect(await read('v\n1\n\n2')).toMatchObject({ values: [[1, 2]], lines: [2, 4] });
    expect(await read('v\r1\r2\r')).toMatchObject({ values: [[1, 2]], lines: [2, 3] });
    expect(await read('v\r\n1\r\n   \r\n2\r\n')).toMatchObject({ values: [[1, 2]], lines: [2, 4], bad: [] });
  });

  test('only a header is no row', async () => {
    const table = await readTable(pieces(Buffer.from('timestamp,value\n'), 4));
    expect(table).toMatchObject({ _tag: 'NoNumericColumn', columns: ['timestamp', 'value'] });
  });
});

describe('NDJSON', () => {
  test('fields by name, nested ones with dots, in any order', async () => {
    const text = '{"ts":1767571200,"cpu":{"user":1},"host":"a"}\n{"cpu":{"user":2},"ts":1767571260}\n';
    expect(await read(text)).toMatchObject({
      columns: ['cpu.user'],
      timeColumn: 'ts',
      times: [utc(2026, 0, 5), utc(2026, 0, 5, 0, 1)],
      values: [[1, 2]],
    });
  });

  test('escaped quotes, and blank lines before the first row', async () => {
    expect(await read('\n\n{"v":1,"s":"a \\" b"}\n{"v":2}\n', 1)).toMatchObject({
      values: [[1, 2]],
      lines: [3, 4],
      bad: [],
    });
  });

  test('lines that are no objects are told and skipped', async () => {
    const { values, bad } = await read('{"v":1}\n{"v":\n[1]\n{"v":"x"}\n{}\n{"v":2}\n{"v":3}\n{"v":4}\n{"v":5}\n');
    expect(values).toEqual([[1, Number.NaN, 2, 3, 4, 5]]);
    expect(bad.map(({ line }) => line)).toEqual([2, 3, 4]);
    expect(bad[1]!.reason).toBe('not a JSON object');
    expect(bad[2]!.reason).toBe('v: "x" is no number');
  });
});

describe('times', () => {
  const at = utc(2026, 0, 5, 6, 7, 8);
  test.each([
    ['2026-01-05T06:07:08Z', at],
    ['2026-01-05T06:07:08.250Z', at + 250],
    ['2026-01-05T07:37:08+01:30', at],
    ['2026-01-05 06:07:08', at],
    ['2026-01-05 06:07:08.000001', at + 0.001],
    ['2026/01/05 06:07', utc(2026, 0, 5, 6, 7)],
    ['2026-01-05', utc(2026, 0, 5)],
    [String(at / 1e3), at],
    [String(at), at],
    [String(at * 1e3), at],
    [`${at}000000`, at],
  ])('%s', async (text, expected) => {
    const { times, timeColumn } = await read(`time,v\n${text},1\n${text},2\n`);
    expect(timeColumn).toBe('time');
    expect(times[0]).toBeCloseTo(expected, 2);
  });

  test('a date that does not exist is a bad row', async () => {
    const rows = Array.from({ length: 20 }, (_, day) => `2026-02-${String(day + 1).padStart(2, '0')},1`);
    const { bad, times } = await read(`time,v\n${rows.join('\n')}\n2026-02-30,1\n`);
    expect(times).toHaveLength(20);
    expect(bad).toEqual([{ line: 22, reason: 'time: "2026-02-30" is no time' }]);
  });

  test('large counts that go up and down are values', async () => {
    const { columns, timeColumn } = await read('bytes,v\n1767571200,1\n1767571100,2\n1767571300,3\n');
    expect([columns, timeColumn]).toEqual([['bytes', 'v'], undefined]);
  });
});

describe('bad rows are told with their lines and skipped', () => {
  test('words, cells too few and too many', async () => {
    const good = Array.from({ length: 30 }, (_, row) => `${row},${row}`).join('\n');
    const { values, bad } = await read(`a,b\n${good}\nx,1\n1\n1,2,3\n7,8,\n`);
    expect(values[0]).toHaveLength(31);
    expect(bad).toEqual([
      { line: 32, reason: 'a: "x" is no number' },
      { line: 33, reason: '1 cells, expected 2' },
      { line: 34, reason: '3 cells, expected 2' },
    ]);
  });

  test('a quote that is never closed costs its own row', async () => {
    const rows = Array.from({ length: 9000 }, (_, row) => (row === 100 ? '"oops,1' : `${row},${row}`));
    const { values, bad } = await read(`a,b\n${rows.join('\n')}\n`, 10_000);
    expect(bad).toEqual([{ line: 102, reason: 'a quote is not closed' }]);
    expect(values[0]).toHaveLength(8999);
    const short = await read('a,b\n1,2\n"oops,1\n3,4\n5,6\n');
    expect(short).toMatchObject({
      values: [
        [1, 3, 5],
        [2, 4, 6],
      ],
      bad: [{ line: 3 }],
    });
  });

  test('a line without end', async () => {
    const { values, bad } = await read(`a\n1\n${'9'.repeat(300_000)}\n2\n`, 5000);
    expect(values).toEqual([[1, 2]]);
    expect(bad).toEqual([{ line: 3, reason: 'longer than 65536 characters' }]);
  });
});

describe('sources', () => {
  test('a file, gzip by content whatever its name', async () => {
    const path = join(folder, `${randomUUID()}.csv`);
    writeFileSync(path, gzipSync('v\n1\n2\n'));
    const table = await readTable(path);
    expect(await readAll(table as Table)).toMatchObject({ values: [[1, 2]], broken: undefined });
  });

  test('byte order marks', async () => {
    expect((await read('\uFEFFv,w\n1,2\n', 1)).columns).toEqual(['v', 'w']);
    expect((await read('\uFEFF{"v":1}\n', 2)).columns).toEqual(['v']);
    expect((await read(Buffer.from('\uFEFFv\n1\n', 'utf16le'), 3)).values).toEqual([[1]]);
  });

  test('a gzip cut short gives what could be read, and says so', async () => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `${row},${(row * 7919) % 10_007}`).join('\n');
    const packed = gzipSync(`a,b\n${rows}\n`);
    const { values, broken } = await read(packed.subarray(0, packed.length / 2), 1000);
    expect(values[0]!.length).toBeGreaterThan(1000);
    expect(broken).toBe('Z_BUF_ERROR');
  });

  test('a stream that fails halfway', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('v\n1\n2\n');
      throw new Error('gone');
    }
    const table = await readTable(failing());
    expect(await readAll(table as Table)).toMatchObject({ values: [[1, 2]], broken: 'gone' });
  });

  test('errors are values', async () => {
    const missing = join(folder, 'missing.csv');
    expect(await readTable(missing)).toMatchObject({ _tag: 'InputUnreadable', source: missing, reason: 'ENOENT' });
    expect(await readTable(pieces(new Uint8Array(), 1))).toMatchObject({ _tag: 'InputEmpty', source: 'stdin' });
    expect(await readTable(pieces(Buffer.from('\n\n'), 1))).toMatchObject({ _tag: 'InputEmpty' });
    expect(await readTable(pieces(Buffer.from('just words\nand more\n'), 3))).toMatchObject({
      _tag: 'NoNumericColumn',
    });
  });
});

describe('any input', () => {
  test('the pieces do not matter', async () => {
    const text = 'time,"a",b\r\n2026-01-05,1,"2"\r\n\r\nbad\r\n2026-01-06,"3",é\n2026-01-07,4,5\n';
    const whole = await read(text, 10_000);
    for (const size of [1, 2, 3, 5, 11]) expect(await read(text, size)).toEqual(whole);
  });

  test('no bytes make it throw', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .string({ unit: fc.constantFrom('"', ',', ';', '\n', '\r', '1', 'a', '{', '}', ':'), maxLength: 200 })
        .map((text) => Buffer.from(text)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, size) => {
        const table = await readTable(pieces(content, size));
        if (!('_tag' in table)) await readAll(table);
      }),
      { numRuns: 300 },
    );
  });
});
