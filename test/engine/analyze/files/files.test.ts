import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { detectTable } from '../../../../src/engine/analyze/files/detect-table.ts';
import { detectionJson } from '../../../../src/engine/analyze/files/detection-json.ts';
import { evenSeries } from '../../../../src/engine/analyze/files/even-series.ts';
import { forecastJson } from '../../../../src/engine/analyze/files/forecast-json.ts';
import { forecastTable, tooShortNotes } from '../../../../src/engine/analyze/files/forecast-table.ts';
import { linesOf } from '../../../../src/engine/analyze/files/lines.ts';
import { linesOfPattern, mineLines } from '../../../../src/engine/analyze/files/mine-lines.ts';
import { notesOf } from '../../../../src/engine/analyze/files/notes.ts';
import { drawLines } from '../../../../src/engine/analyze/files/plot.ts';
import { renderDetection } from '../../../../src/engine/analyze/files/render-detection.ts';
import { crossingText, mainly, renderForecast } from '../../../../src/engine/analyze/files/render-forecast.ts';
import { readTable } from '../../../../src/engine/analyze/input/read-table.ts';

let folder: string;
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'obs-files-'))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: string | Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const hour = 3_600_000;
const at = (step: number): string => new Date(Date.UTC(2026, 10, 1) + step * hour).toISOString();

async function series(content: string) {
  const table = await readTable(file('series.csv', content));
  if ('_tag' in table) throw table;
  return evenSeries(table);
}

describe('a table on equal steps', () => {
  test('rows in any order, twice, and missing: sorted, averaged, left open', async () => {
    const even = await series(`time,n\n${at(0)},1\n${at(3)},4\n${at(1)},2\n${at(1)},4\n${at(4)},5\n`);
    expect({ startUnixMs: even.startUnixMs, stepMs: even.stepMs }).toEqual({
      startUnixMs: Date.UTC(2026, 10, 1),
      stepMs: hour,
    });
    expect([...even.columns[0]!.values]).toEqual([1, 3, Number.NaN, 4, 5]);
  });

  test('without times the rows are the steps', async () => {
    const even = await series('n\n3\n1\n2\n');
    expect(even.startUnixMs).toBeNaN();
    expect([...even.columns[0]!.values]).toEqual([3, 1, 2]);
  });

  test('bad rows are named by line, a few of many', async () => {
    const bad = Array.from({ length: 20 }, () => 'oops').join('\n');
    const even = await series(`time,n\n${at(0)},1\n${bad}\n${at(1)},2\n`);
    const notes = notesOf(even);
    expect(notes[0]).toBe('20 rows could not be read and were left out:');
    expect(notes[1]).toMatch(/^ {2}line 3: /);
    expect(notes.at(-1)).toBe('  … and 15 more');
  });

  test('a clock that jumps sixty years asks for no more than ten million steps', async () => {
    const even = await series(
      `time,n\n${Array.from({ length: 9 }, (_, i) => `${1000 + i * 10},1`).join('\n')}\n1900000000,2\n`,
    );
    expect(even.columns[0]!.values.length).toBeLessThanOrEqual(10_000_001);
  });
});

describe('obs forecast', () => {
  const daily = `time,load\n${Array.from({ length: 24 * 14 }, (_, i) => `${at(i)},${100 + 50 * Math.sin((i / 12) * Math.PI)}`).join('\n')}\n`;

  test('says what will be, between what, and when a threshold is reached', async () => {
    const path = file('daily.csv', daily);
    const asked = {
      horizon: 24,
      coverage: 0.9,
      columns: [],
      backtest: true,
      threshold: { value: 140, direction: 'above' as const },
    };
    const forecast = await Effect.runPromise(forecastTable(path, asked));
    const [load] = forecast.columns;
    expect(load).toMatchObject({ name: 'load', forecast: { period: 24, coverage: 0.9 }, crossing: { kind: 'season' } });
    load!.forecast.mean.forEach((mean, step) =>
      expect(mean).toBeCloseTo(100 + 50 * Math.sin((step / 12) * Math.PI), -1),
    );
    const text = renderForecast(forecast, 80);
    expect(text.split('\n').every((line) => line.length <= 80 || !/[┤┼]/.test(line))).toBe(true);
    expect(text).toContain('load: 336 values, 24 steps ahead, season of 24 steps');
    expect(text).toContain('at 2026-11-15T23:00:00Z');
    expect(text).toMatch(/backtest: of 5 earlier forecasts sMAPE \d/);
    expect(text.replaceAll('\n', ' ')).toMatch(
      /The threshold is expected to be reached for a while, at the peak of its season, at 2026-11-15T0[34]:00:00Z \(/,
    );
    expect(forecastJson(forecast)).toMatchObject({
      rows: 336,
      stepMs: hour,
      columns: [{ name: 'load', points: { length: 24 } }],
    });
  });

  test.each([
    ['no such column', { columns: ['nope'] }, 'the columns of numbers are: load'],
    ['no such file', { path: '/nowhere.csv' }, 'there is no such file'],
    ['nothing in it', { content: '' }, 'it has no rows'],
    ['one row', { content: 'load\n7\n' }, 'load has 1 value in 1 row, and at least 6 are needed'],
    [
      'five values and a bad row',
      { content: 'a,b\n1,\n2,\n3,1\n4,\nx,\n5,\n' },
      'the longest of 2 columns, a, has 5 values in 5 rows, and at least 6 are needed; line 6: a: "x" is no number',
    ],
    [
      'a word and a broken line among few numbers',
      { content: '{"value":1}\n{"value":"x"}\n{"value":3}\n{"value":\n' },
      expect.stringMatching(/^no column holds numbers; columns: value; line 2: value: "x" is no number; line 4: \S/),
    ],
    ['no numbers', { content: 'a,b\nx,y\n' }, 'no column holds numbers; columns: a, b'],
  ])(
    '%s',
    async (
      _,
      { columns = [], path, content = daily }: { columns?: string[]; path?: string; content?: string },
      why,
    ) => {
      const error = await Effect.runPromise(
        Effect.flip(forecastTable(path ?? file('bad.csv', content), { coverage: 0.95, columns })),
      );
      expect(error.why).toEqual(why);
    },
  );

  test('a column with too few values is left out and said, the others are forecast', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => `${i % 5},${i < 3 ? i : ''}`).join('\n');
    const forecast = await Effect.runPromise(
      forecastTable(file('few.csv', `full,few\n${rows}\n`), { coverage: 0.95, columns: [], horizon: 3 }),
    );
    expect(forecast.columns.map(({ name }) => name)).toEqual(['full']);
    expect(tooShortNotes(forecast)).toEqual(['few is not forecast: it has 3 values, and at least 6 are needed']);
    expect(forecastJson(forecast)).toMatchObject({ tooShort: [{ name: 'few', values: 3 }] });
  });

  test('a threshold that is not reached is said in one plain sentence', () => {
    const rows = { startUnixMs: Number.NaN, stepMs: 1 };
    const never = { earliest: null, likely: null, latest: null, probability: 0, kind: 'none' } as const;
    expect(crossingText(never, rows, 10)).toBe(
      'The threshold is not expected to be reached within the horizon (0 % probable).',
    );
    expect(crossingText({ ...never, earliest: 3, probability: 0.2 }, rows, 10)).toBe(
      'The threshold is not expected to be reached within the horizon (20 % probable, at row 13 at the earliest).',
    );
    expect(crossingText({ earliest: 2, likely: 4, latest: null, probability: 1, kind: 'lasting' }, rows, 10)).toBe(
      'The threshold is expected to be reached for good at row 14 (at row 12 at the earliest, perhaps not within the horizon; over 99 % probable).',
    );
  });

  test('one method is said by its name, of several the first two', () => {
    expect(mainly('100 % as the last value')).toBe('as the last value');
    expect(mainly('1 level step taken out; 100 % as the last value')).toBe('1 level step taken out; as the last value');
    expect(mainly('60 % trend, 30 % season, 10 % walk')).toBe('mostly 60 % trend, 30 % season');
  });

  test('a peak of one step is drawn at its height, however many steps fall on a column', () => {
    const line = Float64Array.from({ length: 5000 }, (_, step) => (step === 2222 ? 31 : step % 3));
    expect(drawLines([line], 80).split('\n')[0]).toMatch(/^ +31 [┤┼].*[╭╮]/);
    const dip = line.map((value) => -value);
    expect(drawLines([dip], 80).split('\n').at(-1)).toMatch(/^ +-31 [┤┼].*[╰╯]/);
  });

  test('one value, the same value, and nothing known draw something', () => {
    for (const values of [[5], [1, 1, 1], [Number.NaN], [Number.NaN, 3, Number.NaN]]) {
      expect(drawLines([Float64Array.from(values)], 60)).not.toBe('');
    }
  });
});

describe('obs detect', () => {
  const steady = (i: number): number => 100 + 5 * Math.sin((i / 12) * Math.PI) + ((i * 7919) % 11) / 10;

  test('a jump in one column is found where it is, drawn and listed; the other column stays quiet', async () => {
    const rows = Array.from(
      { length: 600 },
      (_, i) => `${at(i)},${steady(i) + (i >= 450 && i < 470 ? 80 : 0)},${steady(i)}`,
    );
    const path = file('jump.csv', `time,latency,load\n${rows.join('\n')}\n`);
    const detection = await Effect.runPromise(detectTable(path, { columns: [], together: false }));
    const [latency, load] = detection.detected;
    expect(latency?.anomalies[0]).toBe(450);
    expect(load?.anomalies).toEqual([]);
    const text = renderDetection(detection, 80);
    expect(text).toContain('latency: 600 rows, ');
    expect(text).toContain('load: 600 rows, nothing unusual');
    expect(text).toContain(at(450).replace('.000Z', 'Z'));
    expect(detectionJson(detection, true)).toMatchObject({
      rows: 600,
      columns: [
        { name: 'latency', anomalies: [{ row: 451, unixMs: Date.UTC(2026, 10, 1) + 450 * hour }] },
        { name: 'load' },
      ],
    });
  });

  test('a combination that no column shows by itself is found when they are judged together', async () => {
    const rows = Array.from({ length: 800 }, (_, i) => {
      const traffic = steady(i);
      const cpu = i >= 700 && i < 720 ? 205 - traffic : traffic;
      return `${traffic},${cpu},${traffic * 2 + ((i * 31) % 7) / 10}`;
    });
    const path = file('together.csv', `traffic,cpu,bytes\n${rows.join('\n')}\n`);
    const { detected } = await Effect.runPromise(detectTable(path, { columns: [], together: true, trainRows: 400 }));
    expect(detected).toHaveLength(1);
    const strangest = detected[0]!.scores.indexOf(Math.max(...detected[0]!.scores));
    expect(strangest).toBeGreaterThanOrEqual(700);
    expect(strangest).toBeLessThan(721);
    expect(detected[0]?.anomalies).toContain(strangest);
  });
});

describe('obs patterns', () => {
  const log = Array.from(
    { length: 60 },
    (_, i) => `user ${i} logged in from 10.0.0.${i}\r\nqueue is full, ${i} dropped`,
  ).join('\n');

  test('patterns with their counts, from a file, gzip or not, and back to the lines', async () => {
    for (const path of [file('app.log', log), file('app.log.gz', gzipSync(log))]) {
      const { lines, patterns } = await Effect.runPromise(mineLines(path));
      expect(lines).toBe(120);
      expect(patterns.map(({ template, count }) => [template, count])).toEqual([
        ['user <*> logged in from <*>', 60],
        ['queue is full, <*> dropped', 60],
      ]);
      const shown: string[] = [];
      await Effect.runPromise(linesOfPattern(path, patterns[1]!.id.slice(0, 6), (line) => shown.push(line)));
      expect(shown).toHaveLength(60);
      expect(shown[0]).toBe('queue is full, 0 dropped');
    }
  });

  test('a pattern that is not there is said', async () => {
    const error = await Effect.runPromise(Effect.flip(linesOfPattern(file('app.log', log), 'zzzz', () => {})));
    expect(error.why).toBe('no pattern of this file has that id');
  });

  test('a gzip file that was cut off: the patterns of what could be read, and why there is no more', async () => {
    const noise = Array.from(
      { length: 20_000 },
      (_, i) => `request ${(i * 7919) % 100_003} took ${(i * 104_729) % 997} ms`,
    ).join('\n');
    const packed = gzipSync(noise);
    const { lines, broken } = await Effect.runPromise(
      mineLines(file('cut.gz', packed.subarray(0, packed.length - 5000))),
    );
    expect(lines).toBeGreaterThan(1000);
    expect(broken).toBeDefined();
  });

  test('a line without end is cut, not kept', async () => {
    const lengths: number[] = [];
    for await (const line of linesOf(file('long.log', `${'x'.repeat(3_000_000)}\nshort`))) lengths.push(line.length);
    expect(lengths[0]).toBeLessThanOrEqual(1024 * 1024 + 65_536);
    expect(lengths[1]).toBe(5);
  });
});
