import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { type Command, Config, Parser } from '@oclif/core';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import type { AssertAnswer } from '../../src/engine/explain/assert/answer.ts';
import { assertionLines } from '../../src/engine/explain/assert/assertion-lines.ts';
import { parseAssertion } from '../../src/engine/explain/assert/language/parse.ts';
import type { Ran } from '../support/cli.ts';
import { runHere } from '../support/command-here.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts';
import { tracesRequestJson } from '../support/otlp-payloads.ts';

const root = join(import.meta.dirname, '../..');
const templates = join(root, 'templates/ci');
const folder = mkdtempSync(join(tmpdir(), 'obs-assert-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('obs assert, beside a running obs', () => {
  let daemon: TestDaemon;
  const obs = (...args: readonly string[]): Promise<Ran> =>
    runHere('assert', [...args, '--wait', '0s'], { ...daemon.env, NO_COLOR: '1' });
  beforeAll(async () => {
    daemon = await startTestDaemon();
    // Eight calls of checkout, each with seven spans below it.
    const request = tracesRequestJson({ spans: 64, errors: 1, startUnixMs: Date.now() - 60_000 });
    await daemon.send('traces', JSON.stringify(request));
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === 64);
  });
  afterAll(async () => daemon[Symbol.asyncDispose]());

  test('exits with 0 when all hold, of arguments and a file', async () => {
    const file = join(folder, 'assertions.txt');
    writeFileSync(file, '# of the shop\nerrors(checkout) == 8\n');
    const { code, stdout, stderr } = await obs('calls(checkout) == 8', 'max(checkout) < 1s', '--file', file);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('✓ calls(checkout) == 8: 8 (service checkout)');
    expect(stdout).toContain('3 of 3 assertions hold');
  });

  test('exits with 1 when one does not, and explains it', async () => {
    const { code, stdout } = await obs('errors(checkout) == 0', '--json');
    expect(code).toBe(1);
    const { because } = JSON.parse(stdout) as AssertAnswer;
    expect(because[0]?.traces).toHaveLength(2);
    expect(because[0]?.traces[0]?.verdict).toContain('checkout');
  });

  test('exits with 2 when it could not be asked, and says why', async () => {
    const unknown = await obs('errors(chekout) == 0');
    expect(unknown).toMatchObject({ code: 2, stderr: '' });
    expect(unknown.stdout).toContain('near: "checkout"');
    const mistake = await obs('p95(checkout) < 5%');
    expect(mistake).toMatchObject({ code: 2, stdout: '' });
    expect(mistake.stderr).toContain('p95(checkout) < 5%\n                    ^^');
    expect(await obs()).toMatchObject({ code: 2, stdout: '' });
    expect((await obs('--file', join(folder, 'none.txt'))).stderr).toContain('Cannot read');
    expect((await obs('calls(checkout) > 0', '--since', 'soon')).stderr).toContain('soon');
  });
});

/** What variables of the templates stand for; all others are some text. */
const variables: Readonly<Record<string, string>> = {
  format: 'github',
  start: '2026-01-31T12:00:00.000Z',
  end: '2026-01-31T12:05:00.000Z',
};

/** The words of every `obs …` in a shell script: quotes taken off, variables filled in, redirections left out. */
function obsLines(script: string): string[][] {
  return [...script.matchAll(/^[^#\n]*?(?:^|[\s'])(obs (?![-=]).+)$/gm)].flatMap(([, line = '']) => {
    const filled = line
      .replaceAll('"${what[@]}"', "'calls(*) > 0' --file assertions.txt")
      .replaceAll(/\$\{(\w+):-([^}]*)\}/g, (_, _name, otherwise: string) => otherwise)
      .replaceAll(/\$(\w+)/g, (_, name: string) => variables[name] ?? 'x');
    const words = [...filled.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? '');
    const end = words.findIndex((word) => /^(>>?|\|\|?|;|&&)$|^EXIT$/.test(word));
    return [(end < 0 ? words : words.slice(0, end)).slice(1).map((word) => word.replace(/'$/, ''))];
  });
}

const scriptsOf = (workflow: unknown): string[] => {
  if (typeof workflow !== 'object' || workflow === null) return [];
  return Object.entries(workflow).flatMap(([key, value]) => {
    if (key === 'run' && typeof value === 'string') return [value];
    if (key === 'script' && Array.isArray(value)) return value.map(String);
    return scriptsOf(value);
  });
};

describe('the templates for CI', () => {
  const read = (file: string): string => readFileSync(join(templates, file), 'utf8');
  const workflows = ['github-actions.yml', 'gitlab-ci.yml'];

  test('type commands that are there, with flags that they take', async () => {
    const config = await Config.load({ root });
    const shells = [read('ci.sh'), ...workflows.flatMap((file) => scriptsOf(parseYaml(read(file))))];
    const lines = shells.flatMap(obsLines);
    const used = new Set<string>();
    for (const words of lines) {
      const id = [2, 1].map((count) => words.slice(0, count).join(':')).find((name) => config.findCommand(name));
      expect(id, words.join(' ')).toBeDefined();
      used.add(id ?? '');
      const file = join(root, 'src/commands', `${(id ?? '').replace(':', '/')}.ts`);
      const { default: Type } = (await import(file)) as { default: Command.Class };
      const argv = words.slice((id ?? '').split(':').length);
      const input = { flags: { ...Type.baseFlags, ...Type.flags }, args: Type.args, strict: Type.strict };
      await expect(Parser.parse(argv, input), words.join(' ')).resolves.toBeDefined();
    }
    expect([...used].toSorted()).toEqual(['assert', 'change:add', 'down', 'explain', 'up']);
    expect(lines.length).toBeGreaterThan(10);
  });

  test('have assertions that can be read', () => {
    const lines = assertionLines(read('obs-assertions.txt'));
    expect(lines.length).toBeGreaterThan(2);
    for (const line of lines) Effect.runSync(parseAssertion(line));
  });

  test('run the script beside them, which is read from where they say', () => {
    for (const file of workflows) {
      expect(scriptsOf(parseYaml(read(file)))).toContain('bash ci/ci.sh npm run test:e2e');
    }
  });

  test('the script fails the job for what does not hold, with reports', async () => {
    const bin = join(folder, 'obs');
    writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'bin/run.js')}' "$@"\n`);
    chmodSync(bin, 0o755);
    // Ten calls within a tenth of a second, one of which fails; then it ends as tests do that found nothing.
    const load = join(folder, 'load.mjs');
    writeFileSync(load, loadScript);
    writeFileSync(join(folder, 'obs-assertions.txt'), 'calls(cart) == 10\nerrors(cart) == 0\n');
    const env = {
      PATH: [folder, dirname(process.execPath), process.env['PATH']].join(delimiter),
      OBS_HOME: join(folder, 'home'),
      OBS_OTLP_HTTP_PORT: '0',
      OBS_OTLP_GRPC_PORT: '0',
      OBS_QUERY_PORT: '0',
      OBS_WAIT: '3s',
      OBS_SERVICE: 'cart',
      OBS_VERSION: '2.0',
      GITHUB_ACTIONS: 'true',
      GITHUB_STEP_SUMMARY: join(folder, 'summary.md'),
    };
    const { code, out } = await new Promise<{ code: number | null; out: string }>((resolve, reject) => {
      const child = spawn('bash', [join(templates, 'ci.sh'), process.execPath, load], { env, cwd: folder });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (text: Buffer) => (said += text.toString()));
      child.on('error', reject);
      child.on('close', (exit) => resolve({ code: exit, out: said }));
    });
    expect(out).toContain('::error title=does not hold%3A errors(cart) == 0::errors(cart) == 0: 1 (service cart)');
    expect(out).toContain('obs is down');
    expect(out).not.toContain('Why:  ');
    expect(code).toBe(1);
    const report = (file: string): string => readFileSync(join(folder, 'obs-report', file), 'utf8');
    expect(report('obs-assert.xml')).toContain('tests="2" failures="1" errors="0"');
    expect(JSON.parse(report('obs-assert.json'))).toMatchObject({ holds: false, source: 'spans' });
    expect(report('obs-explain.html')).toContain('<html');
    expect(report('obs-explain.xml')).toContain('<testsuites');
    expect(readFileSync(env.GITHUB_STEP_SUMMARY, 'utf8')).toContain('## obs assert: 1 of 2 assertions hold');
  });
});

const loadScript = `
const hex = (n, length) => n.toString(16).padStart(length, '0');
const nanos = (ms) => String(BigInt(ms) * 1000000n);
const now = Date.now();
const spans = Array.from({ length: 10 }, (_, n) => ({
  traceId: hex(n + 1, 32), spanId: hex(n + 1, 16), name: 'GET /items', kind: 2,
  startTimeUnixNano: nanos(now + n), endTimeUnixNano: nanos(now + n + 20),
  status: n === 3 ? { code: 2, message: 'the pool is empty' } : {},
}));
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'cart' } }] };
const answer = await fetch(process.env.OTEL_EXPORTER_OTLP_ENDPOINT + '/v1/traces', {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'load' }, spans }] }] }),
});
if (!answer.ok) throw new Error(await answer.text());
while (Date.now() < now + 100) await new Promise((resolve) => setTimeout(resolve, 10));
`;
