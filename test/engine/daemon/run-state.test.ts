import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Exit } from 'effect';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Paths, resolvePaths } from '../../../src/engine/config/paths.ts';
import { isAlive, processIdentity } from '../../../src/engine/daemon/process-identity.ts';
import { lockHome, publishRunState, readRunState, type RunState } from '../../../src/engine/daemon/run-state.ts';
import { packError, PortTaken, QueryFailed, unpackError } from '../../../src/engine/domain/errors.ts';

const deadPid = async (): Promise<number> => {
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  return child.pid ?? 0;
};

describe('who holds the home folder', () => {
  let paths: Paths;
  beforeEach(() => {
    paths = resolvePaths({ OBS_HOME: mkdtempSync(join(tmpdir(), 'obs-run-')) });
    mkdirSync(paths.run, { recursive: true });
  });
  afterEach(() => rmSync(paths.home, { recursive: true }));

  const state = (pid: number, identity = processIdentity(pid)): RunState => ({
    pid,
    identity,
    version: '0',
    startedAt: '2026-01-01T00:00:00.000Z',
    endpoints: { otlpGrpc: 'a', otlpHttp: 'b', query: 'c' },
    secured: false,
  });
  const lock = Effect.scoped(Effect.suspend(() => lockHome(paths)));
  const writeLock = (text: string): void => writeFileSync(join(paths.run, 'daemon.lock'), text);

  test('a published state is found while its scope is open and its process lives', async () => {
    const mine = state(process.pid);
    await Effect.runPromise(
      Effect.scoped(
        publishRunState(paths, mine).pipe(
          Effect.tap(() => Effect.sync(() => expect(readRunState(paths)).toEqual(mine))),
        ),
      ),
    );
    expect(readRunState(paths)).toBeNull();
  });

  test('the state of a dead process, or of one whose pid another has now, is none', async () => {
    writeFileSync(paths.runFile, JSON.stringify(state(await deadPid(), '')));
    expect(readRunState(paths)).toBeNull();
    writeFileSync(paths.runFile, JSON.stringify(state(process.pid, '1')));
    expect(readRunState(paths)).toBeNull();
    writeFileSync(paths.runFile, '{');
    expect(readRunState(paths)).toBeNull();
  });

  test('a living holder keeps others out; a dead one, a stranger with its pid and rubbish do not', async () => {
    writeLock(`${process.pid} ${processIdentity(process.pid)}`);
    const kept = await Effect.runPromiseExit(lock);
    expect(Exit.isFailure(kept) && JSON.stringify(kept)).toContain('StoreLocked');
    for (const stale of [`${await deadPid()} 5`, `${process.pid} 1`, 'rubbish', '']) {
      writeLock(stale);
      expect(Exit.isSuccess(await Effect.runPromiseExit(lock))).toBe(true);
    }
  });

  test('process 1 lives, and so does this one, as itself only', () => {
    expect(isAlive(1)).toBe(true);
    expect(isAlive(process.pid, processIdentity(process.pid))).toBe(true);
    expect(isAlive(process.pid, '1')).toBe(false);
  });
});

describe('errors cross process borders', () => {
  test.each([
    new PortTaken({ what: 'OTLP/HTTP', port: 4318, flag: '--otlp-http-port', pid: 7 }),
    new QueryFailed({ code: 60, message: 'Unknown table' }),
  ])('$_tag', (error) => {
    const back = unpackError(JSON.parse(JSON.stringify(packError(error))));
    expect(back).toBeInstanceOf(error.constructor);
    expect(back).toMatchObject(packError(error));
  });

  test('what is none of ours is not taken for one', () => {
    expect(unpackError(null)).toBeNull();
    expect(unpackError({ _tag: 'Strange' })).toBeNull();
    expect(unpackError('x')).toBeNull();
  });
});
