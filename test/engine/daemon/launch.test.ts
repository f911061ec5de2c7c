import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Schedule } from 'effect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolvePaths } from '../../../src/engine/config/paths.ts';
import { findDaemon } from '../../../src/engine/daemon/find-daemon.ts';
import { ignoredFlags } from '../../../src/engine/daemon/ignored-flags.ts';
import { ensureDaemon } from '../../../src/engine/daemon/launch.ts';
import { makeFolder } from '../../../src/engine/daemon/make-folder.ts';
import { isAlive } from '../../../src/engine/daemon/process-identity.ts';
import { lockHolder } from '../../../src/engine/daemon/run-state.ts';
import { stopDaemon } from '../../../src/engine/daemon/stop-daemon.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'obs-launch-'));
});
afterEach(async () => {
  await Effect.runPromise(Effect.ignore(stopDaemon({ OBS_HOME: home })));
  rmSync(home, { recursive: true });
});

const anyPorts = { otlpGrpcPort: 0, otlpHttpPort: 0, queryPort: 0 };

test('two that start obs at once get the same one, and one of them started it', async () => {
  const up = ensureDaemon({ OBS_HOME: home }, anyPorts);
  const [one, other] = await Promise.all([Effect.runPromise(up), Effect.runPromise(up)]);
  expect(other.pid).toBe(one.pid);
  expect([one.startedByUs, other.startedByUs].sort()).toEqual([false, true]);
  const third = await Effect.runPromise(up);
  expect(third).toMatchObject({ pid: one.pid, startedByUs: false });
  expect(await Effect.runPromise(stopDaemon({ OBS_HOME: home }))).toMatchObject({ pid: one.pid, killed: false });
});

test('one that only starts yet is stopped as well', async () => {
  const paths = resolvePaths({ OBS_HOME: home });
  const starting = Effect.runPromise(Effect.exit(ensureDaemon({ OBS_HOME: home }, anyPorts)));
  await Effect.runPromise(
    Effect.sync(() => lockHolder(paths)).pipe(
      Effect.repeat({ schedule: Schedule.spaced('5 millis'), until: (holder) => holder !== null }),
    ),
  );
  expect(existsSync(paths.runFile)).toBe(false);
  const { pid } = await Effect.runPromise(stopDaemon({ OBS_HOME: home }));
  expect(isAlive(pid)).toBe(false);
  expect((await starting)._tag).toBe('Failure');
  await expect(Effect.runPromise(stopDaemon({ OBS_HOME: home }))).rejects.toMatchObject({ _tag: 'NotRunning' });
});

test('a folder that cannot be made is an error, not an endless try', async () => {
  await expect(Effect.runPromise(ensureDaemon({ OBS_HOME: '/proc/obs-test/deep' }, anyPorts))).rejects.toMatchObject({
    _tag: 'StorageFailed',
    code: 'ENOENT',
  });
  writeFileSync(join(home, 'file'), '');
  expect(() => makeFolder(join(home, 'file'))).toThrow('no folder');
  expect(() => makeFolder(join(home, 'file', 'below'))).toThrow('ENOTDIR');
  makeFolder(join(home, 'a', 'b', 'c'));
  expect(existsSync(join(home, 'a', 'b', 'c'))).toBe(true);
});

test('a run file that cannot be read is not taken for none', async () => {
  const paths = resolvePaths({ OBS_HOME: home });
  mkdirSync(paths.runFile, { recursive: true });
  await expect(Effect.runPromise(findDaemon(paths))).rejects.toMatchObject({ _tag: 'StorageFailed', code: 'EISDIR' });
  rmSync(paths.runFile, { recursive: true });
});

test('flags that a running daemon does not follow are named', () => {
  const endpoints = {
    otlpGrpc: 'http://127.0.0.1:4317',
    otlpHttp: 'http://127.0.0.1:4318',
    query: 'http://127.0.0.1:8123',
  };
  expect(ignoredFlags({ otlpGrpcPort: 4317, otlpHttpPort: 0 }, endpoints)).toEqual([]);
  expect(
    ignoredFlags({ otlpGrpcPort: 1, otlpHttpPort: 40_001, queryPort: 2, clickhouse: 'http://x' }, endpoints),
  ).toEqual(['--otlp-grpc-port', '--otlp-http-port', '--query-port', '--clickhouse']);
});
