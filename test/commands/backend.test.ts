import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { StatusReport } from '../../src/engine/daemon/status.ts';
import { type Ran, runObs, runShell, startObs } from '../support/cli.ts';

const freePorts = ['--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0'];

describe("a user's day with the backend", () => {
  let home: string;
  let obs: (args: readonly string[], input?: string) => Promise<Ran>;
  let up: { pid: number; endpoints: StatusReport['endpoints'] };

  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'obs-cli-'));
    obs = (args, input) => runObs(args, { OBS_HOME: home }, input);
    const ran = await obs(['up', '--json', ...freePorts]);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    up = JSON.parse(ran.stdout) as typeof up;
  });
  afterAll(async () => {
    await obs(['down']);
    rmSync(home, { recursive: true });
  });

  const postLog = async (service: string, body: string): Promise<void> => {
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
    const record = { timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`, body: { stringValue: body } };
    const request = { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${up.endpoints.otlpHttp}/v1/logs`, { method: 'POST', headers, body: JSON.stringify(request) });
  };

  test('up prints where everything is, and the line to paste', async () => {
    expect(up).toMatchObject({ ready: true, startedByUs: true });
    for (const url of Object.values(up.endpoints)) expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const again = await obs(['up']);
    expect(again.code).toBe(0);
    expect(again.stdout).toContain(`obs is running already (pid ${up.pid})`);
    expect(again.stdout).toContain(`export OTEL_EXPORTER_OTLP_ENDPOINT=${up.endpoints.otlpHttp}`);
    const other = JSON.parse((await obs(['up', '--json', '--clickhouse', 'http://127.0.0.1:1'])).stdout) as object;
    expect(other).toMatchObject({ ready: true, alreadyRunning: true, ignored: ['--clickhouse'], pid: up.pid });
    expect(up).toMatchObject({ alreadyRunning: false, ignored: [] });
  });

  test('an export of nothing says so, and is no failure', async () => {
    expect(await obs(['export', '--service', 'nosuch'])).toEqual({
      code: 0,
      stdout: '',
      stderr: 'There are no such rows.\n',
    });
    const file = join(home, 'nothing.jsonl');
    expect((await obs(['export', '--service', 'nosuch', '-o', file])).stderr).toContain(`${file} is empty`);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  test('a bucket that cannot be reached is a finding of the status of the archive', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'obs-cli-'));
    writeFileSync(
      join(elsewhere, 'obs.yaml'),
      'archive: { bucket: telemetry, endpoint: "http://127.0.0.1:1", region: us-east-1 }',
    );
    const credentials = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
    const ran = await runObs(['archive', 'status'], { OBS_HOME: elsewhere, ...credentials });
    expect(ran).toMatchObject({ code: 1, stderr: '', stdout: expect.stringContaining('Bucket   not reachable (') });
    rmSync(elsewhere, { recursive: true });
  });

  test('a file of requests is imported, found by every command, and exported again', async () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    const traceId = 'abcdef0123456789abcdef0123456789';
    const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
    const span = {
      traceId,
      spanId: '0123456789abcdef',
      name: 'GET /',
      kind: 2,
      startTimeUnixNano: `${now}`,
      endTimeUnixNano: `${now + 5_000_000n}`,
    };
    const record = {
      timeUnixNano: `${now}`,
      severityNumber: 17,
      body: { stringValue: 'it broke' },
      traceId,
      spanId: span.spanId,
    };
    const file = join(home, 'requests.jsonl');
    writeFileSync(
      file,
      [
        { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] },
        { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] },
      ]
        .map((request) => JSON.stringify(request))
        .join('\n'),
    );
    const imported = await obs(['import', file, '--json']);
    expect(JSON.parse(imported.stdout)).toMatchObject({ file, requests: 2, rejected: 0 });

    let status: StatusReport;
    do {
      status = JSON.parse((await obs(['status', '--json'])).stdout) as StatusReport;
    } while (status.stored?.traces !== 1 || status.stored.logs !== 1);
    expect(status).toMatchObject({ ready: true, received: { traces: 1, logs: 1 }, rejected: { traces: 0 } });

    const traces = await obs(['traces', '--json']);
    expect(JSON.parse(traces.stdout)).toMatchObject({ TraceId: traceId, RootService: 'shop', Spans: 1, DurationMs: 5 });
    expect((await obs(['logs', '--severity', 'error'])).stdout).toMatch(/ERROR shop it broke/);
    expect((await obs(['logs', '--trace', traceId, '--json'])).stdout).toContain('"Body":"it broke"');
    expect((await obs(['query', 'SELECT ServiceName AS s FROM otel_traces', '--format', 'csv'])).stdout).toBe(
      '"s"\n"shop"\n',
    );
    expect((await obs(['query', '--format', 'TSV'], 'SELECT {n:UInt8} + 1')).code).toBe(2);
    expect((await obs(['query', '--format', 'TSV', '--param', 'n=1'], 'SELECT {n:UInt8} + 1')).stdout).toBe('2\n');
    const exported = await obs(['export', '--trace', traceId]);
    expect(exported.stdout.trim().split('\n')).toHaveLength(2);
    const packed = join(home, 'traces.pb');
    expect((await obs(['export', '--signal', 'traces', '--format', 'protobuf', '-o', packed])).code).toBe(0);
    expect(readFileSync(packed).includes(Buffer.from(traceId, 'hex'))).toBe(true);
  });

  test('explain takes a prefix, and gives text, JSON and markdown', async () => {
    const text = await obs(['explain', 'abcdef01']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toContain('GET /');
    const json = JSON.parse((await obs(['explain', 'abcdef01', '--json'])).stdout) as { trace: { traceId: string } };
    expect(json.trace.traceId).toBe('abcdef0123456789abcdef0123456789');
    expect((await obs(['explain', '--slowest', '--format', 'markdown'])).stdout).toMatch(/^#/);
  });

  test('watch without a terminal is one frame of text', async () => {
    const frame = await obs(['watch', '--once', '--size', '80x24']);
    expect(frame.code).toBe(0);
    expect(frame.stdout).toContain('shop');
  });

  test('what is wrong is said on stderr, with the reason and what to try, and exit code 2', async () => {
    const cases: [readonly string[], RegExp][] = [
      [['explain', 'ffffffff'], /No trace ffffffff[\s\S]+Why:[\s\S]+Next:/],
      [
        ['query', 'DROP TABLE otel_traces'],
        /^The query was refused\.\n {2}Why: {2}(?!The query)[\s\S]+one read-only statement/,
      ],
      [['query', 'SELECT nothing FROM otel_logs'], /nothing[\s\S]+Next: .*DESCRIBE TABLE/],
      [['query', 'SELECT * FROM nowhere'], /Next: .*SHOW TABLES/],
      [['query', 'SELECT 1', '-f', 'some.sql'], /Cannot take[\s\S]+Why:[\s\S]+Next:/],
      [['export', '--format', 'protobuf'], /without --signal[\s\S]+Next:/],
      [['query', '-f', join(home, 'missing.sql')], /Cannot read[\s\S]+Next:/],
      [['logs', '--since', 'yesterday'], /yesterday[\s\S]+--since 15m/],
      [['traces', '--min-duration', 'long'], /no span of time/],
      [['import', join(home, 'missing.json')], /Cannot read/],
      [['up', '--otlp-http-port', 'x'], /integer/],
      [['stauts'], /obs status/],
      [
        ['query', '--nonsense'],
        /^Cannot run `obs query` like this\.\n {2}Why: .*--nonsense\n {2}Next: See `obs help query`\n$/,
      ],
      [['logs', '--limit', 'x'], /^.+\n {2}Why: .*integer.*\n {2}Next: .+\n$/],
      [['export', '--format', 'xml'], /^.+\n {2}Why: .*xml.*\n {2}Next: .+\n$/],
      [['export', '--trace', 'zz'], /^"zz" is no trace id\.\n {2}Why: .*32 hex digits\n {2}Next: .*obs traces/],
      [
        ['export', '-o', 's3://lake/x.json'],
        /^Cannot write --format json to s3:.+\n {2}Why: .*Parquet.*\n {2}Next: --format parquet/,
      ],
      [['replay'], /^Cannot run `obs replay` like this\.\n {2}Why: {2}Missing required flag since\n {2}Next: .+\n$/],
      [
        ['storage', 'backup', '--name'],
        /^Cannot run `obs storage backup` like this\.\n {2}Why: {2}Flag --name expects a value\n {2}Next: See `obs help storage backup`\n$/,
      ],
      [
        ['storage', 'backup', 'foo'],
        /^Cannot run `obs storage backup` like this\.\n {2}Why: {2}it takes no argument "foo"\n {2}Next: See `obs help storage backup`\n$/,
      ],
      [['storage', 'prune', '--x'], /^Cannot run `obs storage prune` like this/],
      [
        ['storage', 'backp'],
        /^obs has no command "storage backp"\.\n {2}Why: .+\n {2}Next: Did you mean `obs storage backup`\?\n$/,
      ],
      [['nothing-like-it'], /^obs has no command "nothing-like-it"\.\n {2}Why: .+\n {2}Next: See `obs help`\n$/],
    ];
    for (const [args, words] of cases) {
      const ran = await obs(args);
      expect({ args, code: ran.code, stdout: ran.stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(ran.stderr).toMatch(words);
    }
  });

  test('following shows what was there, then a record as soon as it comes, each once', async () => {
    const following = startObs(['logs', '-f', '--json', '--service', 'tail'], { OBS_HOME: home });
    const lines = createInterface(following.stdout)[Symbol.asyncIterator]();
    const nextBody = async (): Promise<unknown> =>
      (JSON.parse((await lines.next()).value as string) as { Body: string }).Body;
    try {
      await postLog('tail', 'first');
      expect(await nextBody()).toBe('first');
      await postLog('tail', 'second');
      expect(await nextBody()).toBe('second');
      await postLog('tail', 'third');
      expect(await nextBody()).toBe('third');
    } finally {
      following.kill('SIGINT');
      await once(following, 'exit');
    }
  });

  test('a reader that goes away ends the command quietly', async () => {
    const rows = 'SELECT number FROM numbers(900000)';
    for (const line of [
      `obs query "${rows}" | head -1`,
      `obs query --format table "${rows}" | head -1`,
      'obs logs --json | head -c 5',
      'obs export --since 1h | head -c 5',
      'obs traces | true',
      'obs explain abcdef01 | true',
      'obs help | true',
    ]) {
      const { code, stderr } = await runShell(line, { OBS_HOME: home });
      expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    }
  });

  test('who follows ends with its reader, at the next record: a pipe says so to who writes', async () => {
    const following = runShell('obs logs -f --json --service piped | head -1', { OBS_HOME: home });
    const isOver = async (): Promise<boolean> => Promise.race([following.then(() => true), sleep(200, false)]);
    let record = 1;
    do {
      await postLog('piped', `record ${record}`);
      record += 1;
    } while (!(await isOver()));
    const { code, stdout, stderr } = await following;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ ServiceName: 'piped' });
  });

  test('down stops it, once; after it, commands read the store themselves', async () => {
    expect((await obs(['down'])).stdout).toMatch(/^obs is down \(pid \d+, \d+ ms\)/);
    expect((await obs(['down'])).stdout).toBe('obs is not running\n');
    expect((await obs(['status'])).code).toBe(2);
    expect((await obs(['traces', '--json'])).stdout).toContain('abcdef0123456789abcdef0123456789');
  });
});

describe('before anything runs', () => {
  test('help has an example for every command, and says what every flag does', async () => {
    const { stdout } = await runObs(['help'], { OBS_HOME: '/nonexistent' });
    const namesIn = (help: string, pattern: RegExp): string[] =>
      [...help.matchAll(pattern)].map(([, name]) => name ?? '');
    const commands = namesIn(stdout, /^ {2}(\w+) {2,}/gm).filter(
      (name) => !['autocomplete', 'help', 'obs'].includes(name),
    );
    expect(commands.length).toBeGreaterThanOrEqual(12);
    // Grows while it is walked: a topic names its own commands.
    for (const command of commands) {
      const help = (await runObs(['help', ...command.split(' ')], { OBS_HOME: '/nonexistent' })).stdout;
      commands.push(...namesIn(help, new RegExp(`^ {2}(${command} \\w+) `, 'gm')));
      if (!help.includes(`obs ${command} COMMAND`)) expect(help, command).toMatch(/EXAMPLES?\n/);
    }
    expect(commands).toContain('storage backup');
  });

  test('NO_COLOR wins over FORCE_COLOR, without a word about it', async () => {
    const ran = await runObs(['query', '--nonsense'], { NO_COLOR: '1', FORCE_COLOR: '1' });
    expect(ran.stderr).toMatch(/^Cannot run/);
  });

  test('the version is answered in one line', async () => {
    expect((await runObs(['--version'], {})).stdout).toMatch(/^obs\/\d+\.\d+\.\d+ \w+-\w+ node-v\d+/);
  });
});
