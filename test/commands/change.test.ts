import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Change } from '../../src/engine/domain/changes/change.ts';
import { type Ran, runObs } from '../support/cli.ts';
import { runHere } from '../support/command-here.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts';
import { tracesRequestJson } from '../support/otlp-payloads.ts';

const entry = join(import.meta.dirname, '../support/source-command.ts');
const longest = (text: string): number => Math.max(...text.split('\n').map((line) => line.length));
const unprintable = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/;

let daemon: TestDaemon;
const env = () => ({ ...daemon.env, NO_COLOR: '1' });

describe('obs change, beside a running obs whose analyzer is off', () => {
  const add = (...args: readonly string[]): Promise<Ran> => runHere('change/add', args, env());
  const list = (...args: readonly string[]): Promise<Ran> => runHere('change/index', args, env());
  const listed = async (...args: readonly string[]): Promise<readonly Change[]> =>
    (await list('--json', ...args)).stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Change);
  beforeAll(async () => {
    daemon = await startTestDaemon();
    await daemon.send('traces', JSON.stringify(tracesRequestJson({ spans: 8, startUnixMs: Date.now() - 60_000 })));
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === 8);
  });

  test('says so when nothing was changed, on stderr where stdout is for a program', async () => {
    const [none, json] = await Promise.all([list(), list('--json')]);
    expect(none).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('No changes') });
    expect(json).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('obs change add --service') });
  });

  test('notes one, prints its id alone on stdout, and shows it', async () => {
    const told = await add('--service', 'checkout', '--to', '3.2.0', '--from', '3.1.4', '--at', '5m');
    expect(told).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f]{12}\n$/) });
    expect(told.stderr).toMatch(/^Noted of checkout, .*: deployed 3\.2\.0 \(3\.1\.4 before\)\n$/);
    const id = told.stdout.trim();
    const one = await list(id.slice(0, 6));
    expect(one).toMatchObject({ code: 0, stderr: '' });
    expect(one.stdout).toContain(`Change ${id}`);
    expect(one.stdout).toMatch(/Known by\s+obs change add/);
    const [change] = await listed('--service', 'checkout');
    expect(change).toMatchObject({ id, kind: 'deployment', source: 'command', toVersion: '3.2.0', note: '' });
    expect(Math.abs(Date.now() - 5 * 60_000 - (change?.atMs ?? 0))).toBeLessThan(60_000);
  });

  test('told again with the same id takes the place of the first, and keeps its time', async () => {
    const again = ['--service', 'checkout', '--kind', 'flag', '--id', 'ci-7'];
    const first = await add(...again, '--note', 'new checkout for 10 %', '--at', '2h');
    const second = await add(...again, '--note', 'new checkout for 50 %', '--json');
    expect(first.stdout).toBe('ci-7\n');
    expect(JSON.parse(second.stdout)).toMatchObject({ id: 'ci-7', ok: true, lines: [expect.any(String)] });
    const flags = (await listed()).filter(({ kind }) => kind === 'flag');
    expect(flags).toEqual([expect.objectContaining({ id: 'ci-7', note: 'new checkout for 50 %' })]);
    expect(Date.now() - (flags[0]?.atMs ?? 0)).toBeGreaterThan(115 * 60_000);
  });

  test('says which service may be meant where none has this name', async () => {
    const { code, stderr } = await add('--service', 'chekout', '--to', '1', '--id', 'typo');
    expect(code).toBe(0);
    expect(stderr).toContain('chekout');
    expect(stderr).toContain('checkout');
  });

  test('what cannot be used is refused with exit code 2, and nothing is written', async () => {
    const before = await listed();
    const refused = await Promise.all([
      add('--to', '1'),
      add('--service', 'checkout'),
      add('--service', 'checkout', '--to', '1', '--kind', 'party'),
      add('--service', 'checkout', '--to', '1', '--at', 'soon'),
      add('--service', 'checkout', '--to', '1', '--at', '2099-01-01T00:00:00Z'),
      add('--service', 'checkout', '--note', 'x'.repeat(801)),
      add('--service', 'checkout', '--to', '1', '--version', '2'),
      list('zzzz'),
      list('--since', 'soon'),
      list('--limit', '0'),
    ]);
    for (const each of refused) {
      expect(each).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Next: ') });
      expect(longest(each.stderr)).toBeLessThanOrEqual(120);
    }
    expect(await listed()).toEqual(before);
  });

  test('is 80 columns wide, on lines of its own, whatever the texts hold', async () => {
    const hostile = '\u001b[2J\u001b]0;title\u0007\n\u202e';
    const typed = {
      service: `${hostile}${'s'.repeat(80)}`,
      to: `${hostile}${'9'.repeat(80)}`,
      environment: `${hostile}production`,
      note: `${hostile}${'why and what '.repeat(40)}`,
      link: `https://ci.example.com/${'4'.repeat(200)}`,
      id: 'hostile',
    };
    const told = await add(...Object.entries(typed).map(([flag, value]) => `--${flag}=${value}`));
    expect(told.code).toBe(0);
    const [table, one] = await Promise.all([list(), list('hostile')]);
    for (const text of [told.stderr, table.stdout, one.stdout]) expect(text).not.toMatch(unprintable);
    const withoutLink = (text: string): string =>
      text
        .split('\n')
        .filter((line) => !line.includes('https://'))
        .join('\n');
    for (const text of [table.stdout, one.stdout]) expect(longest(withoutLink(text))).toBeLessThanOrEqual(80);
    expect(table.stdout).toContain('why and what');
    const stored = (await listed()).find(({ id }) => id === 'hostile');
    expect(stored?.service).toContain('\u001b[2J');
  });

  test('gives no more than --limit, and says that there are more', async () => {
    const { stdout, stderr } = await list('--limit', '1', '--json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(stderr).toContain('--limit');
  });
});

afterAll(async () => daemon[Symbol.asyncDispose]());

describe('obs change, with no obs running', () => {
  test('and no store: says so with exit code 2, and makes none', async () => {
    const home = mkdtempSync(join(tmpdir(), 'obs-change-'));
    const add = await runHere('change/add', ['--service', 'cart', '--to', '1'], { OBS_HOME: home });
    const list = await runHere('change/index', [], { OBS_HOME: home });
    for (const each of [add, list]) {
      expect(each).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('obs is not running') });
    }
    expect(readdirSync(home)).toEqual([]);
    rmSync(home, { recursive: true });
  });

  test('and a store: opens it itself', async () => {
    await daemon.stop();
    // A process of its own each time: one that has opened a store cannot open another.
    const told = await runObs(['change/add', '--service', 'cart', '--to', '1', '--id', 'offline'], env(), '', entry);
    expect(told).toMatchObject({ code: 0, stdout: 'offline\n' });
    const list = await runObs(['change/index'], env(), '', entry);
    expect(list.stdout).toMatch(/offline .* cart .* deployed 1/);
  });
});
