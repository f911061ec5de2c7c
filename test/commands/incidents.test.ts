import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { resolvePaths } from '../../src/engine/config/paths.ts';
import { createIncidents } from '../../src/engine/analyze/incidents/incidents.ts';
import { storeAnomalies, storeIncidents } from '../../src/engine/analyze/incidents/store-incidents.ts';
import { anomaly, calls } from '../engine/analyze/incidents/support/drawn.ts';
import { openIncidentStore } from '../engine/analyze/incidents/support/incident-store.ts';
import type { Ran } from '../support/cli.ts';
import { runHere } from '../support/command-here.ts';

const entry = join(import.meta.dirname, '../support/source-command.ts');
const home = mkdtempSync(join(tmpdir(), 'obs-incident-commands-'));
const env = { OBS_HOME: home, NO_COLOR: '1' };
const obs = (command: string, ...args: readonly string[]): Promise<Ran> => runHere(command, args, env);

/** The payment service and who calls it, since ten minutes, and a search that was slow two hours ago. */
const now = Date.now();
const ago = (minutes: number): number => now - minutes * 60_000;
const started = (service: string, minutes: number, ended: number | null, severity: 'warning' | 'critical') => ({
  ...anomaly(service, { id: `${service}-${minutes}`, severity }),
  startMs: ago(minutes),
  peakMs: ago(minutes),
  endMs: ended === null ? null : ago(ended),
});
const anomalies = [
  started('payment', 10, null, 'critical'),
  started('checkout', 9, 1, 'warning'),
  started('search', 120, 110, 'warning'),
];
const incidents = createIncidents(null).push({
  anomalies,
  edges: calls('checkout > payment'),
  history: [],
  nowMs: now,
});
const [old, recent] = incidents as [(typeof incidents)[0], (typeof incidents)[0]];

beforeAll(async () => {
  const { store: path } = resolvePaths(env);
  mkdirSync(join(path, '..'), { recursive: true });
  const store = await openIncidentStore(path);
  await store.run(storeAnomalies(anomalies));
  await store.run(storeIncidents(incidents));
  await store.leave();
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('obs anomalies', () => {
  test('lists those of the last hour in words, and exits with 1 on what was asked for', async () => {
    const { stdout, code } = await obs('anomalies', '--fail-on', 'critical');
    expect(code).toBe(1);
    expect(stdout).toContain('p99_ms of payment 4× its usual 100');
    expect(stdout).toMatch(/warning\s+checkout\s+8m 0s\s/);
    expect(stdout).not.toContain('search');
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('--json is one anomaly a line, as the store has it; below the severity asked for it exits with 0', async () => {
    const { stdout, code } = await obs(
      'anomalies',
      '--json',
      '--since',
      '3h',
      '--service',
      'search',
      '--fail-on',
      'critical',
    );
    expect(code).toBe(0);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toEqual([anomalies[2]]);
    const open = await obs('anomalies', '--json', '--open');
    expect(JSON.parse(open.stdout)).toMatchObject({ service: 'payment', endMs: null });
  });

  test('--fail-on sees what --limit leaves out', async () => {
    const { stdout, stderr, code } = await obs('anomalies', '--limit', '1', '--fail-on', 'critical');
    expect(code).toBe(1);
    expect(stdout).toContain('checkout');
    expect(stdout).not.toContain('payment');
    expect(stderr).toContain('The newest 1; more with --limit.');
  });

  test('a list of what was open when somebody looked last says so, and why nobody looks', async () => {
    const { stderr } = await obs('anomalies');
    expect(stderr).toContain('whether what is open here goes on is not known');
    expect(stderr).toContain('No analyzer runs now');
    writeFileSync(resolvePaths(env).config, 'analyze: {enabled: false}\n');
    try {
      expect((await obs('anomalies')).stderr).toContain('The analyzer is switched off');
      const none = await obs('anomalies', '--since', '30d', '--until', '20d');
      expect(none.stdout).toContain('The analyzer is switched off');
    } finally {
      rmSync(resolvePaths(env).config);
    }
  });

  test('nothing found says whether anybody looked, and --json prints nothing', async () => {
    const before = ['--since', '30d', '--until', '20d'];
    const none = await obs('anomalies', ...before);
    expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining('No analyzer has run') });
    const json = await obs('incidents/index', '--json', ...before);
    expect(json).toMatchObject({ code: 0, stdout: '', stderr: expect.stringContaining('No incidents') });
  });

  test('what cannot be used is refused with exit code 2', async () => {
    const refused = await Promise.all([obs('anomalies', '--severity', 'terrible'), obs('incidents/note', 'abcd')]);
    for (const each of refused) expect(each).toMatchObject({ code: 2, stdout: '' });
  });

  test('-f goes on until Ctrl-C, which is a clean way out', async () => {
    const child = spawn(process.execPath, [entry, 'anomalies', '-f', '--json'], {
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let stdout = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      // Both are there: it waits for more now.
      if (stdout.trim().split('\n').length === 2) setTimeout(() => child.kill('SIGINT'), 100);
    });
    const ended = await new Promise((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
    expect(ended).toEqual({ code: 0, signal: null });
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { service: string }).service),
    ).toEqual(['payment', 'checkout']);
  });
});

describe('obs incidents', () => {
  test('lists those of the last day, and shows one by the beginning of its id', async () => {
    const list = await obs('incidents/index');
    expect(list.code).toBe(0);
    expect(list.stdout).toMatch(new RegExp(`${recent.id}.*critical.*, on\\s+2\\s+payment`));
    expect(list.stdout).toContain(old.id);
    const one = await obs('incidents/index', recent.id.slice(0, 6));
    expect(one.stdout).toMatch(/Began in {2}payment\n.*checkout, payment/s);
    expect(one.stdout).toContain('obs traces --errors --service payment --since ');
    const json = await obs('incidents/index', recent.id, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ incident: recent, anomalies: [anomalies[0], anomalies[1]] });
  });

  test('an id that is none says what there is', async () => {
    const { code, stderr } = await obs('incidents/index', 'zzzz');
    expect(code).toBe(2);
    expect(stderr).toContain(recent.id);
  });

  test('a note is kept, and shown', async () => {
    const noted = await obs('incidents/note', old.id, 'the index was rebuilt');
    expect(noted).toMatchObject({
      code: 0,
      stdout: '',
      stderr: expect.stringContaining(`Noted of incident ${old.id}`),
    });
    expect((await obs('incidents/index', old.id)).stdout).toContain('Noted     the index was rebuilt');
    const long = await obs('incidents/note', old.id, 'x'.repeat(100_000));
    expect(long).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('100,000 characters') });
    const unknown = await obs('incidents/note', 'zzzz', 'x');
    expect(unknown).toMatchObject({ code: 2, stderr: expect.stringContaining('No incident begins with "zzzz"') });
  });
});
