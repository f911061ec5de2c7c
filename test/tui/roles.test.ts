import { mkdirSync, mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { checkFrameSize, readSettings, type WatchFlags } from '../../src/tui/options.ts';
import { listRoles, readRole, RoleProblem, shippedRoles } from '../../src/tui/roles.ts';
import { parseCommand } from '../../src/tui/state/command.ts';
import { chooseTheme, colourTheme, plainTheme } from '../../src/tui/theme.ts';
import { freshModel, roleNamed } from './support/fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'obs-roles-'));
afterEach(() => rmSync(join(folder, 'roles'), { recursive: true, force: true }));

const sre = readFileSync(join(shippedRoles, 'sre.yaml'), 'utf8');

function putRole(name: string, text: string): void {
  mkdirSync(join(folder, 'roles'), { recursive: true });
  writeFileSync(join(folder, 'roles', `${name}.yaml`), text);
}

describe('roles are data', () => {
  test('each of the three starts where its people look first', () => {
    const first = Object.fromEntries(['developer', 'devops', 'sre'].map((name) => [name, roleNamed(name).pages[0]]));
    expect(first).toEqual({ developer: 'traces', devops: 'resources', sre: 'services' });
  });

  test('a user adds one, and replaces one by its name', () => {
    putRole('payments', sre.replace('services: []', 'services: [payment, checkout]'));
    putRole('sre', sre.replace('bad: 0.02', 'bad: 0.5'));
    const roles = listRoles([shippedRoles, join(folder, 'roles')]);
    expect(roles.map((r) => r.name).sort()).toEqual(['developer', 'devops', 'payments', 'sre']);
    expect(roles.find((r) => r.name === 'payments')?.role).toMatchObject({ services: ['payment', 'checkout'] });
    expect(roles.find((r) => r.name === 'sre')?.role).toMatchObject({ thresholds: { errorRate: { bad: 0.5 } } });
  });

  test.each([
    ['pages: [services', 'pages: [servces', 'pages is "servces": it must be of services, traces, logs, resources'],
    ['serviceSort: burn', 'serviceSort: heat', 'serviceSort is "heat": it must be one of burn'],
    ['errorsPane: true', 'errorsPane: maybe', 'errorsPane is "maybe": it must be true or false'],
    ['title: Site reliability engineer\n', '', 'title is missing'],
    ['services: []', 'services: web', 'services is "web": it must be a list of texts'],
    [
      'services: []',
      'services: []\nfavourite: blue',
      'favourite is no key of a role: the keys of a role are title, summary, pages,',
    ],
    ['logs: [time,', 'log: [time,', 'columns.log is no key of a role: the keys of columns are services, traces, logs,'],
    ['warn: 0.005', 'warn: 0.005, worse: 1', 'the keys of thresholds.errorRate are warn, bad'],
    ['warn: 0.005', 'warn: -1', 'thresholds.errorRate.warn is -1'],
    ['warn: 0.005', 'warn: 0.9', 'warn at most as high as bad'],
    ['logs: [time,', 'logs: [time, time,', 'columns.logs is'],
    ['p95: { warn: 300, bad: 1000 }', 'p95: 300', 'thresholds.p95 must be a mapping with the keys warn, bad'],
    ['title: Site', 'title: [', 'Flow sequence'],
  ])('"%s" as "%s" is refused, with the reason', (from, to, reason) => {
    expect(sre).toContain(from);
    const read = (): unknown => readRole('mine.yaml', sre.replace(from, to), 'mine');
    expect(read).toThrow(RoleProblem);
    expect(read).toThrow(reason);
  });
});

describe('what the command line says', () => {
  const flags: WatchFlags = {
    role: 'sre',
    page: undefined,
    services: [],
    since: '15m',
    interval: '1s',
    size: undefined,
    utc: false,
  };
  const read = (change: Partial<WatchFlags>, env = {}, terminal = {}): ReturnType<typeof readSettings> =>
    readSettings({ ...flags, ...change }, join(folder, 'obs.yaml'), env, terminal);
  const problem = (change: Partial<WatchFlags>): unknown => {
    try {
      return read(change);
    } catch (error) {
      return error;
    }
  };

  test('sizes: the flag, the terminal, the environment, 80×24', () => {
    expect(read({ size: '100x30' }).size).toEqual({ columns: 100, rows: 30 });
    expect(read({}, { COLUMNS: '90', LINES: '20' }, { columns: 120, rows: 40 }).size).toEqual({
      columns: 120,
      rows: 40,
    });
    expect(read({}, { COLUMNS: '90', LINES: 'many' }).size).toEqual({ columns: 90, rows: 24 });
    expect(read({}).size).toEqual({ columns: 80, rows: 24 });
  });

  test('the rest', () => {
    expect(read({ page: 'logs', since: '1h30m', interval: '500ms', utc: true })).toMatchObject({
      page: 'logs',
      rangeMs: 5_400_000,
      intervalMs: 500,
      zone: 'utc',
    });
    expect(read({})).toMatchObject({ page: null, zone: 'local' });
  });

  test('a frame has room for something', () => {
    expect(() => checkFrameSize({ columns: 60, rows: 16 })).not.toThrow();
    for (const size of [
      { columns: 59, rows: 16 },
      { columns: 60, rows: 15 },
    ])
      expect(() => checkFrameSize(size)).toThrow(expect.objectContaining({ why: 'obs watch needs 60x16' }) as Error);
  });

  test.each([
    [{ role: 'king' }, 'BadInput', 'the roles are developer, devops, sre'],
    [{ page: 'metrics' }, 'BadInput', 'the pages are services'],
    [{ since: 'soon' }, 'BadInput', 'no span of time'],
    [{ since: '10ms' }, 'BadInput', 'shorter than 1000 ms'],
    [{ interval: '1ms' }, 'BadInput', 'shorter than 100 ms'],
    [{ size: '100' }, 'BadInput', 'COLUMNSxROWS'],
    [{ size: '0x5' }, 'BadInput', 'COLUMNSxROWS'],
  ])('%j is refused as %s: %s', (change, tag, why) => {
    expect(problem(change)).toMatchObject({ _tag: tag, why: expect.stringContaining(why) as string });
  });

  test("a broken role of the user is in nobody else's way; who chooses it learns its file and why", () => {
    putRole('mine', 'title: 5');
    mkdirSync(join(folder, 'roles', 'folder.yaml'));
    const broken = { _tag: 'ConfigInvalid', source: join(folder, 'roles', 'mine.yaml') };
    expect(problem({ role: 'mine' })).toMatchObject(broken);
    expect(problem({ role: 'folder' })).toMatchObject({ _tag: 'ConfigInvalid' });
    expect(problem({ role: 'king' })).toMatchObject({
      why: 'the roles are developer, devops, sre, folder (broken), mine (broken)',
    });
    const { role, roles } = read({});
    expect(role.name).toBe('sre');
    const model = { ...freshModel(), roles };
    expect(parseCommand('role devops', model)).toMatchObject({ kind: 'role', role: { name: 'devops' } });
    expect(parseCommand('role mine', model)).toMatchObject({
      kind: 'wrong',
      problem: expect.stringContaining('mine.yaml: columns must be a mapping') as string,
    });
  });
});

test('NO_COLOR and --no-color take the colours, and only those', () => {
  expect(chooseTheme({}, false)).toBe(colourTheme);
  expect(chooseTheme({ NO_COLOR: '' }, false)).toBe(colourTheme);
  expect(chooseTheme({ NO_COLOR: '1' }, false)).toBe(plainTheme);
  expect(chooseTheme({}, true)).toBe(plainTheme);
  for (const style of Object.values(plainTheme)) expect(style).not.toHaveProperty('color');
});
