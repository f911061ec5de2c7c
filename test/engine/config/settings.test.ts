import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { formatBytes, parseBytes } from '../../../src/engine/config/bytes.ts';
import { clickHouseServer } from '../../../src/engine/config/clickhouse-url.ts';
import { resolvePaths } from '../../../src/engine/config/paths.ts';
import { defaultSettings, loadSettings } from '../../../src/engine/config/settings.ts';

describe('settings', () => {
  let folder: string;
  let project: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-settings-'));
    project = join(folder, 'project');
    mkdirSync(project);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const loading = (flags = {}, env: Record<string, string> = {}) =>
    loadSettings(flags, env, resolvePaths({ OBS_HOME: folder }), project);
  const load = (flags = {}, env: Record<string, string> = {}): Promise<unknown> =>
    Effect.runPromise(loading(flags, env));
  const user = (yaml: string): void => writeFileSync(join(folder, 'obs.yaml'), yaml);
  const ofProject = (yaml: string): void => writeFileSync(join(project, 'obs.yaml'), yaml);

  test('need no file', async () => {
    expect(await load()).toEqual(defaultSettings);
  });

  test('flags beat environment, environment beats the project, the project beats the user', async () => {
    user(
      'receivers: {otlpGrpcPort: 1, otlpHttpPort: 1}\nquery: {port: 1}\nstore: {clickhouse: "http://user", diskCap: 1GiB}',
    );
    ofProject('receivers: {otlpGrpcPort: 2, otlpHttpPort: 2}\nquery: {port: 2}');
    expect(await load({ otlpGrpcPort: 4 }, { OBS_OTLP_GRPC_PORT: '3', OBS_OTLP_HTTP_PORT: '3' })).toMatchObject({
      otlpGrpcPort: 4,
      otlpHttpPort: 3,
      queryPort: 2,
      clickhouse: 'http://user',
      diskCapBytes: 1024 ** 3,
    });
  });

  test('days of one signal leave the others as they are', async () => {
    ofProject('store: {retentionDays: {logs: 2}}');
    expect(await load()).toMatchObject({ retentionDays: { traces: 7, logs: 2, metrics: 30 } });
  });

  test.each([
    ['receivers: {otlpGrpcPrt: 1}', 'otlpGrpcPrt'],
    ['query: {port: 70000}', '65535'],
    ['query: {port: [', 'Flow'],
    ['store: {diskCap: "many"}', 'no size'],
    ['store: {retentionDays: {logs: 0}}', 'logs'],
  ])('%s is refused, with what is wrong', async (yaml, word) => {
    ofProject(yaml);
    await expect(load()).rejects.toMatchObject({
      _tag: 'ConfigInvalid',
      problem: expect.stringMatching(new RegExp(word, 'i')),
    });
  });

  test('a cluster: by flag, environment or file; it needs a server to begin with', async () => {
    const server = 'http://server:8123';
    expect((await Effect.runPromise(loading({ clickhouse: server, cluster: 'prod' }))).remote).toMatchObject({
      cluster: { name: 'prod', quorum: 'auto' },
      compression: 'zstd',
    });
    expect(await Effect.runPromise(Effect.flip(loading({}, { OBS_CLUSTER: 'prod' })))).toMatchObject({
      source: 'OBS_CLUSTER',
    });
    expect(await Effect.runPromise(Effect.flip(loading({ cluster: 'prod' })))).toMatchObject({
      _tag: 'ConfigInvalid',
      problem: expect.stringContaining('--clickhouse'),
    });
    user('store: {remote: {cluster: prod}}');
    expect(await Effect.runPromise(Effect.flip(loading()))).toMatchObject({
      source: `store.remote.cluster in ${join(folder, 'obs.yaml')}`,
    });
    ofProject('store: {remote: {cluster: prod}}');
    expect(await Effect.runPromise(Effect.flip(loading()))).toMatchObject({
      source: `store.remote.cluster in ${join(project, 'obs.yaml')}`,
    });
    ofProject(`store: {clickhouse: "${server}", remote: {certFile: a.pem}}`);
    expect(await Effect.runPromise(Effect.flip(loading({})))).toMatchObject({ source: 'store.remote' });
  });

  test.each([
    ['http://u:s3cret@127.0.0.1:99999/db'],
    ['ftp://u:s3cret@server/db'],
    ['u:s3cret@server'],
    ['http://u:s3c/r@t@server:x?password=s3cret'],
    ['http://u:%zz-s3cret@server/'],
  ])('%s is refused by its source, without the password', async (url) => {
    const tries = [
      [await Effect.runPromise(Effect.flip(loading({ clickhouse: url }))), '--clickhouse'],
      [await Effect.runPromise(Effect.flip(loading({}, { OBS_CLICKHOUSE: url }))), 'OBS_CLICKHOUSE'],
    ] as const;
    ofProject(`store: {clickhouse: "${url}"}`);
    for (const [error, source] of [...tries, [await Effect.runPromise(Effect.flip(loading())), 'store.clickhouse']]) {
      expect(error).toMatchObject({ _tag: 'ConfigInvalid', source });
      expect(JSON.stringify(error)).not.toMatch(/s3c/);
    }
  });

  test('a file that is there and cannot be read is not taken for none', async () => {
    mkdirSync(join(project, 'obs.yaml'));
    await expect(load()).rejects.toMatchObject({ _tag: 'ConfigInvalid', problem: expect.stringContaining('EISDIR') });
  });

  test('a variable that is no port is refused by its name', async () => {
    await expect(load({}, { OBS_QUERY_PORT: 'http' })).rejects.toMatchObject({ source: 'OBS_QUERY_PORT' });
  });

  test('hooks and objectives are read, with what is left out filled in', async () => {
    ofProject(`analyze: {falseAlarmsPerWeek: 2, hooks: [{url: "https://chat.example/x", minSeverity: critical}, {command: /bin/page}]}
slo: [{name: a, service: checkout, target: 0.999}]`);
    expect(await load()).toMatchObject({
      analyze: {
        enabled: true,
        falseAlarmsPerWeek: 2,
        hooks: [
          { kind: 'webhook', target: 'https://chat.example/x', minSeverity: 'critical' },
          { kind: 'command', target: '/bin/page', minSeverity: 'info' },
        ],
        objectives: [{ name: 'a', service: 'checkout', operation: null, target: 0.999, latencyMs: null, days: 30 }],
      },
    });
  });

  test.each([
    ['analyze: {falseAlarmsPerWeek: 0}', /between 0.001 and 1000/],
    ['analyze: {hooks: [{minSeverity: info}]}', /either a url or a command/],
    ['analyze: {hooks: [{url: "ftp://x"}]}', /no http or https URL/],
    [`analyze: {hooks: [{command: '/bin/page "on call'}]}`, /command \/bin\/page "on call.*open quote/],
    [`analyze: {hooks: [{command: '  '}]}`, /no program/],
    ['slo: [{name: a, service: s, target: 1}]', /between 0 and 1/],
    ['slo: [{name: a, service: s, target: 0.9}, {name: a, service: t, target: 0.9}]', /two objectives named "a"/],
    ['analyze: {hook: []}', /hook/],
  ])('%s is refused with the reason', async (yaml, why) => {
    ofProject(yaml);
    await expect(load()).rejects.toMatchObject({ problem: expect.stringMatching(why) });
  });
});

describe('folders', () => {
  test('all lie under OBS_HOME when that is set', () => {
    const paths = resolvePaths({ OBS_HOME: '/h', XDG_DATA_HOME: '/d' });
    expect(Object.values(paths).filter((path) => path !== '/h' && !path.startsWith('/h/'))).toEqual([]);
  });

  test('else follow the XDG base directories', () => {
    const paths = resolvePaths({ XDG_DATA_HOME: '/d', XDG_STATE_HOME: '/s', XDG_CONFIG_HOME: '/c' });
    expect(paths).toMatchObject({
      store: '/d/obs/store',
      runFile: '/s/obs/run/daemon.json',
      config: '/c/obs/obs.yaml',
    });
  });
});

describe('folders that are no folders', () => {
  test('an empty variable is an unset one, and a relative XDG path is ignored', () => {
    const standard = resolvePaths({});
    expect(standard.home).toMatch(/^\//);
    expect(
      resolvePaths({ OBS_HOME: '', XDG_DATA_HOME: '', XDG_STATE_HOME: 'state', XDG_CONFIG_HOME: './config' }),
    ).toEqual(standard);
  });

  test('a relative OBS_HOME is one of the current folder, whoever reads it later', () => {
    expect(resolvePaths({ OBS_HOME: 'here' }).store).toBe(join(process.cwd(), 'here', 'store'));
  });
});

describe('a ClickHouse server', () => {
  test('is taken apart as its client takes it', () => {
    expect(clickHouseServer('https://ada:p%40ss@server:8443/otel')).toEqual({
      urls: ['https://server:8443'],
      username: 'ada',
      password: 'p@ss',
      database: 'otel',
    });
    expect(clickHouseServer('http://server:8123')).toEqual({ urls: ['http://server:8123'] });
    expect(clickHouseServer('https://ada:x@one:8443/otel,https://two:8443')).toEqual({
      urls: ['https://one:8443', 'https://two:8443'],
      username: 'ada',
      password: 'x',
      database: 'otel',
    });
  });
});

describe('sizes', () => {
  test.each([
    ['512', 512],
    ['1KB', 1000],
    ['1.5 GiB', 1.5 * 1024 ** 3],
    ['20gib', 20 * 1024 ** 3],
    ['x', null],
    ['5 parsecs', null],
  ])('%s', (text, bytes) => expect(parseBytes(text)).toBe(bytes));

  test.each([
    [0, '0 B'],
    [1536, '1.5 KiB'],
    [300 * 1024 ** 2, '300 MiB'],
    [5 * 1024 ** 5, '5120 TiB'],
  ])('%d is written %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));
});
