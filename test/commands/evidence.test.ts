import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvidence } from '../../src/engine/explain/evidence/all-evidence.ts';
import type { Explanation } from '../../src/engine/explain/explanation.ts';
import { type Ran, runObs } from '../support/cli.ts';
import { runHere } from '../support/command-here.ts';
import { startTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts';

const entry = join(import.meta.dirname, '../support/source-command.ts');
const folder = mkdtempSync(join(tmpdir(), 'obs-evidence-command-'));
const startMs = Date.now() - 20 * 60_000;
const slowId = '5'.repeat(32);
const usualId = (n: number): string => n.toString(16).padStart(2, '0').padEnd(32, '0');

let daemon: TestDaemon;
let explanation: Explanation;
let saved: string;
const env = () => ({ ...daemon.env, NO_COLOR: '1' });
const evidence = (...args: readonly string[]): Promise<Ran> => runHere('evidence', args, env());
const explain = (...args: readonly string[]): Promise<Ran> => runHere('explain', args, env());

const nanos = (ms: number): string => String(BigInt(Math.round(ms)) * 1_000_000n);

/** A checkout of web that waits for a bank which sends no spans. */
function checkout(traceId: string, atMs: number, bankMs: number): readonly object[] {
  const [root, call] = [traceId.slice(0, 15).padEnd(16, 'a'), traceId.slice(0, 15).padEnd(16, 'b')];
  return [
    { traceId, spanId: root, name: 'POST /checkout', kind: 2, from: atMs, to: atMs + bankMs + 20 },
    {
      traceId,
      spanId: call,
      parentSpanId: root,
      name: 'POST /charges',
      kind: 3,
      from: atMs + 10,
      to: atMs + 10 + bankMs,
    },
  ].map(({ from, to, ...span }) => ({ ...span, startTimeUnixNano: nanos(from), endTimeUnixNano: nanos(to) }));
}

async function send(spans: readonly object[]): Promise<void> {
  const before = (await daemon.status()).stored?.traces ?? 0;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'web' } }] };
  const request = { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'test' }, spans }] }] };
  expect(await daemon.send('traces', JSON.stringify(request))).toBe(200);
  await daemon.eventually(async () => (await daemon.status()).stored?.traces === before + spans.length);
}

beforeAll(async () => {
  daemon = await startTestDaemon();
  const usual = Array.from({ length: 60 }, (_, n) => checkout(usualId(n + 1), startMs + n * 5000, 50 + (n % 5)));
  await send([...usual.flat(), ...checkout(slowId, startMs + 301_000, 1500)]);
  saved = join(folder, 'answer.json');
  const asked = await explain(slowId, '--json');
  writeFileSync(saved, asked.stdout);
  explanation = JSON.parse(asked.stdout) as Explanation;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await daemon[Symbol.asyncDispose]();
});

describe('obs explain exits', () => {
  test('with 0 where nobody asked for more, and with 1 where a level was reached', async () => {
    expect(explanation.verdict.severity).toBe('critical');
    const codeOf = async (...args: readonly string[]): Promise<number | null> => (await explain(slowId, ...args)).code;
    expect(await codeOf()).toBe(0);
    for (const flags of [['--exit-code'], ['--fail-on', 'critical'], ['--exit-code', '--fail-on', 'info']]) {
      expect(await codeOf(...flags), flags.join(' ')).toBe(1);
    }
    for (const level of ['info', 'critical']) expect((await explain(usualId(30), '--fail-on', level)).code).toBe(0);
  });

  test('as its JUnit says: by the same level, also where none is given', async () => {
    for (const flags of [['--exit-code'], ['--fail-on', 'warning'], ['--fail-on', 'critical']]) {
      for (const id of [slowId, usualId(30)]) {
        const { code, stdout } = await explain(id, '--format', 'junit', ...flags);
        expect(stdout.includes('<failure'), flags.join(' ')).toBe(code === 1);
      }
    }
  });

  test('with 2 where there is no such trace', async () => {
    expect(await explain('f'.repeat(32), '--exit-code')).toMatchObject({ code: 2, stdout: '' });
  });
});

describe('obs evidence', () => {
  test('of one id that an answer shows: statement, rows, and that it holds', async () => {
    const shown = await explain(slowId);
    const id = /\[([0-9a-f]{10})\]/.exec(shown.stdout)?.[1] ?? '';
    const { code, stdout, stderr } = await evidence(id.slice(0, 8));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain(`${id}  `);
    expect(stdout).toContain('SELECT');
    expect(stdout).toMatch(/Holds: \d+ rows?, the same as then\./);
  });

  test('--all of the newest answer holds; --sql prints what ran, and runs as it stands', async () => {
    // As the answer says under what to type next.
    expect(explanation.next.at(-1)?.command).toBe('obs evidence --all');
    const all = await evidence('--all', '--json');
    expect(all.code).toBe(0);
    const { evidence: checks } = JSON.parse(all.stdout) as { evidence: { id: string; sql: string; result: string }[] };
    expect(checks.map(({ id, result }) => [id, result])).toEqual(
      allEvidence(explanation).map((each) => [each.evidence.id, 'holds']),
    );
    const [first] = checks;
    const sql = await evidence(first?.id ?? '', '--sql');
    expect(sql).toMatchObject({ code: 0, stdout: `${first?.sql}\n` });
    expect((await runHere('query', [sql.stdout.trim()], env())).code).toBe(0);
  });

  test('--from takes a saved answer, also from standard input', async () => {
    const file = await evidence('--from', saved, '--json');
    expect(file).toMatchObject({ code: 0, stderr: '' });
    const piped = await runObs(['evidence', '--from', '-', '--json'], env(), readFileSync(saved, 'utf8'), entry);
    expect(piped).toEqual(file);
  });

  test('what was edited is not run, and is no evidence that is gone', async () => {
    const edited = join(folder, 'edited.json');
    const [claimed] = allEvidence(explanation);
    const text = readFileSync(saved, 'utf8').replaceAll(
      JSON.stringify(claimed?.evidence.sql),
      JSON.stringify('SELECT 1 AS a'),
    );
    writeFileSync(edited, text);
    const { code, stdout } = await evidence(claimed?.evidence.id ?? '', '--from', edited);
    expect(code).toBe(2);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('Could not be checked: its statement is not the one');
    expect(stdout).not.toContain('Gone');
  });

  test('what cannot be used is refused with exit code 2', async () => {
    const none = join(folder, 'none.json');
    writeFileSync(join(folder, 'text.json'), 'hello');
    const refused = [
      await evidence(),
      await evidence('zzzz'),
      await evidence('--all', 'abcd'),
      await evidence('--from', none),
      await evidence('--from', join(folder, 'text.json')),
    ];
    for (const each of refused) {
      expect(each).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('Next: ') });
    }
  });

  test('differs with exit code 1 once telemetry of that time came late', async () => {
    await send(checkout('7'.repeat(32), startMs + 120_000, 70));
    const { code, stdout } = await evidence('--from', saved);
    expect(code).toBe(1);
    expect(stdout).toMatch(/Differs: \d+ rows? then, \d+ now\./);
    expect(stdout).toContain('Only now');
    expect(Math.max(...stdout.split('\n').map((line) => (line.startsWith('  ') ? 0 : line.length)))).toBeLessThan(81);
  });

  test('is gone with exit code 1 where the store has none of it', async () => {
    await using other = await startTestDaemon();
    const { code, stdout } = await runHere('evidence', ['--from', saved, '--json'], { ...other.env });
    expect(code).toBe(1);
    const { evidence: checks } = JSON.parse(stdout) as { evidence: { result: string }[] };
    expect(checks.map(({ result }) => result)).toContain('gone');
  });
});
