import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import type { Ran } from '../support/cli.ts';
import { runHere } from '../support/command-here.ts';
import { seededRandom } from '../support/random.ts';

const folder = mkdtempSync(join(tmpdir(), 'obs-rca-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, lines: readonly string[]): string {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return path;
}

/** No daemon and no store: a home that holds nothing. */
const rca = (...args: readonly string[]): Promise<Ran> =>
  runHere('rca', args, { HOME: folder, OBS_HOME: join(folder, 'none'), NO_COLOR: '1' });
const at = ['--at', '2026-01-31T09:50:00Z'];
const head = 'time,web_latency,web_requests,cart_latency,cart_requests,db_latency,db_requests';
const random = seededRandom(3);
const about = (value: number): string => (value * (0.98 + 0.04 * random.unit())).toFixed(4);
/** From the 110th minute on db is slow, and with it who waits for it. */
const rows = Array.from({ length: 120 }, (_, row) => {
  const [web, cart, db] = row >= 110 ? [0.4, 0.3, 0.3] : [0.2, 0.1, 0.05];
  const time = new Date(Date.UTC(2026, 0, 31, 8, row)).toISOString();
  return [time, about(web), 100, about(cart), 100, about(db), 100].join(',');
});
const metrics = file('metrics.csv', [head, ...rows]);
const graph = file('graph.csv', ['caller,callee', 'web,cart', 'cart,db']);

const firstOf = ({ stdout }: Ran): string => JSON.parse(stdout).entities[0].entity;

describe('obs rca without a store', () => {
  test('names the callee that its callers wait for, and why', async () => {
    const { code, stdout, stderr } = await rca('--metrics', metrics, '--graph', graph, '--target', 'web', ...at);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/1 +db +db_latency/);
    expect(stdout).toContain("1 db: 100 % of the alarm's latency passes through it");
  });

  test('without a graph the calls are learned, which is said', async () => {
    const ran = await rca('--metrics', metrics, '--target', 'web', ...at, '--json');
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout).method).toBe('learned');
    expect(firstOf(ran)).toBe('db');
    expect(ran.stderr).toContain('Who calls whom was learned from the metrics');
  });

  test('without a target each is judged by itself', async () => {
    const ran = await rca('--metrics', metrics, ...at, '--json');
    expect(JSON.parse(ran.stdout).method).toBe('deviations');
    expect(firstOf(ran)).toBe('db');
  });

  test('calls in circles end', async () => {
    const circle = file('circle.csv', ['caller,callee', 'web,cart', 'cart,db', 'db,web', 'db,db', 'cart,web']);
    expect(firstOf(await rca('--metrics', metrics, '--graph', circle, '--target', 'web', ...at, '--json'))).toBe('db');
  });

  test('a graph of 2,000 entities in circles, with a metric each, is ranked', async () => {
    const names = Array.from({ length: 2000 }, (_, index) => (index === 0 ? 'web' : `s${index}`));
    const calls = names
      .slice(1)
      .flatMap((name, index) => [`${names[index]},${name}`, `${names[index >> 1]},${name}`, `${name},web`]);
    const wide = Array.from({ length: 60 }, (_, row) => {
      const time = new Date(Date.UTC(2026, 0, 31, 9, row)).toISOString();
      return [time, ...names.map((__, index) => (row >= 50 && index < 10 ? 0.5 : 0.1 + ((row * index) % 7) / 100))];
    });
    const large = file('large.csv', [['time', ...names.map((name) => `${name}_latency`)], ...wide].map(String));
    const from = performance.now();
    const ran = await rca(
      '--metrics',
      large,
      '--graph',
      file('large-graph.csv', ['caller,callee', ...calls]),
      '--target',
      'web',
      ...at,
      '--json',
    );
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.stdout).entities.length).toBe(2000);
    expect(performance.now() - from).toBeLessThan(20_000);
    const alone = await rca('--metrics', large, '--target', 'web', ...at, '--json');
    expect(JSON.parse(alone.stdout).method).toBe('learned');
  }, 60_000);
});

describe('obs rca and bad input', () => {
  test('rows that are ragged or no numbers are left out, by file and line', async () => {
    const ragged = [...rows];
    ragged[5] += ',7,8';
    ragged[50] = ragged[50]!.split(',').slice(0, 3).join(',');
    ragged[60] = ragged[60]!.replace(/,[\d.]+/, ',fast');
    const path = file('ragged.csv', [head, ...ragged]);
    const ran = await rca('--metrics', path, '--graph', graph, '--target', 'web', ...at, '--json');
    expect(ran.code).toBe(0);
    expect(firstOf(ran)).toBe('db');
    expect(ran.stderr).toMatch(/\d rows of .*ragged\.csv could not be read and were left out:/);
    expect(ran.stderr).toMatch(/line 7: /);
  });

  test.each([
    ['no such file', ['--metrics', '/nowhere.csv'], /there is no such file/],
    ['no such graph', ['--metrics', metrics, '--graph', '/nowhere.csv'], /there is no such file/],
    ['an empty file', ['--metrics', file('empty.csv', [])], /empty\.csv/],
    ['a head without rows', ['--metrics', file('head.csv', [head])], /head\.csv/],
    [
      'words for numbers',
      [
        '--metrics',
        file('words.csv', ['time,web_latency', ...rows.slice(0, 9).map((row) => `${row.slice(0, 24)},slow`)]),
      ],
      /words\.csv/,
    ],
    [
      'an empty graph',
      ['--metrics', metrics, '--graph', file('no-calls.csv', [])],
      /There is nothing in .*no-calls\.csv/,
    ],
    ['an unknown target', ['--metrics', metrics, '--target', 'nobody'], /the entities are: web, cart, db/],
    ['a time that is none', ['--metrics', metrics, '--at', 'noon'], /it is no time/],
    ['a kind without a target', ['--metrics', metrics, '--kind', 'errors'], /--target/],
    ['a kind that is none', ['--metrics', metrics, '--target', 'web', '--kind', 'speed'], /--kind/],
    ['none to show', ['--metrics', metrics, '--top', '0'], /--top/],
  ])('%s is refused with what is wrong', async (_, args, said) => {
    const { code, stdout, stderr } = await rca(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  test('names that would steer a terminal are shown as text', async () => {
    const path = file('steering.csv', [head.replaceAll('db_', 'd\u001B[31mb_'), ...rows]);
    const { stdout, stderr } = await rca('--metrics', path, ...at);
    expect(stdout + stderr).not.toContain('\u001B');
    expect(stdout).toContain('[31mb');
  });
});
