import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stopDaemon } from '../../../src/engine/daemon/launch.ts';
import type { DemoResult } from '../../../src/engine/demo/demo-result.ts';
import { progressOn } from '../../../src/engine/demo/progress.ts';
import { renderResult } from '../../../src/engine/demo/render-result.ts';
import { type DemoOptions, runDemo } from '../../../src/engine/demo/run-demo.ts';
import { processesWith, until } from './support/processes.ts';

const program = join(import.meta.dirname, 'support', 'demo-program.ts');
const plain: DemoOptions = { faults: [], rate: 15, durationMs: 60_000, seed: 3, keep: false };

/** A demo in a process of its own, with a home of its own; on Linux, where processes can be found by their environment. */
describe.runIf(process.platform === 'linux')('the demo from start to end', () => {
  let home: string;
  let environment: Record<string, string>;

  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'obs-demo-home-'));
    environment = { OBS_HOME: home, OBS_OTLP_GRPC_PORT: '0', OBS_OTLP_HTTP_PORT: '0', OBS_QUERY_PORT: '0' };
  });

  afterEach(async () => {
    await Effect.runPromiseExit(stopDaemon(environment));
    rmSync(home, { recursive: true, force: true });
  });

  function start(options: Partial<DemoOptions>): { readonly child: ChildProcess; readonly said: () => string } {
    const child = spawn(process.execPath, [program, JSON.stringify({ ...plain, ...options })], {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const said: string[] = [];
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (data: Buffer) => said.push(String(data)));
    return { child, said: () => said.join('') };
  }

  const nobodyIsLeft = (): Promise<true> => until(() => (processesWith(home).length === 0 ? true : undefined));

  test('breaks the shop, finds a trace that shows it, explains it, and leaves the data and the backend', async () => {
    const said: string[] = [];
    const results: DemoResult[] = [];
    const options: DemoOptions = { ...plain, faults: ['error-burst'], durationMs: 7_000 };
    const progress = progressOn({ write: (text) => said.push(text) });
    await Effect.runPromise(runDemo(environment, options, progress, (result) => results.push(result)));
    const result = results[0]!;
    expect(results).toHaveLength(1);
    expect(result).toMatchObject({
      faults: [{ name: 'error-burst', culprit: { service: 'inventory', operation: 'POST /reservations' } }],
      startedBackend: true,
      worstTrace: { operation: 'POST /checkout', failed: true },
      explanation: { errors: { first: { service: 'inventory', type: 'TypeError' }, reachedRoot: true } },
    });
    expect(result.counts.sent).toBe(result.counts.succeeded + result.counts.failed);
    expect(result.counts.stored.spans).toBeGreaterThan(result.counts.sent);
    expect(said.join('')).toContain('Turned on error-burst');
    const text = renderResult(result);
    for (const part of ['What customers felt', 'obs explain', 'TypeError', 'What the demo had done', 'obs down']) {
      expect(text).toContain(part);
    }
    // The shop is closed; daemon, engine and analyzer stay, and a second run uses them.
    expect(processesWith(home)).toHaveLength(3);
    await Effect.runPromise(
      runDemo(environment, { ...plain, durationMs: 1_000, seed: 4 }, progress, (result) => results.push(result)),
    );
    expect(results[1]).toMatchObject({ faults: [], explanation: null, startedBackend: false });
    expect(results[1]!.counts.failed).toBe(0);
    expect(renderResult(results[1]!)).not.toContain('What the demo had done');
  });

  test.each([
    ['while the backend starts', ''],
    ['while the shop opens', 'backend'],
    ['under load', 'Customers come'],
  ])('Ctrl-C %s leaves no process behind', async (_when, seen) => {
    const { child, said } = start({});
    await until(() => (said().includes(seen) && processesWith(home).length > 1 ? true : undefined));
    child.kill('SIGINT');
    await once(child, 'close');
    await nobodyIsLeft();
    expect(said()).not.toContain('Error');
  });

  test('when the demo is killed its shop ends with it', async () => {
    const { child, said } = start({});
    await until(() => (said().includes('Customers come') ? true : undefined));
    child.kill('SIGKILL');
    await once(child, 'close');
    await until(() => (processesWith(home).length <= 3 ? true : undefined));
  });
});
