import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { expect, test } from 'vitest';
import { askStorage } from '../../../src/engine/daemon/ask-storage.ts';
import { ensureDaemon } from '../../../src/engine/daemon/launch.ts';
import { stopDaemon } from '../../../src/engine/daemon/stop-daemon.ts';

test('what obs makes is for its user alone: the home folder, the store, backups, every file', async () => {
  const around = mkdtempSync(join(tmpdir(), 'obs-modes-'));
  const home = join(around, 'home');
  const env = { OBS_HOME: home };
  const umask = process.umask();
  expect(umask & 0o044, 'the test needs a umask that lets others read').toBe(0);
  try {
    const { endpoints } = await Effect.runPromise(
      ensureDaemon(env, { otlpGrpcPort: 0, otlpHttpPort: 0, queryPort: 0 }),
    );
    const body = { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'secret' } }] }] }] };
    const sent = await fetch(`${endpoints.otlpHttp}/v1/logs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(sent.status).toBe(200);
    await expect
      .poll(async () => (await fetch(`${endpoints.query}/?query=SELECT+count()>0+FROM+otel_logs`)).text(), {
        timeout: 20_000,
      })
      .toBe('1\n');
    await Effect.runPromise(askStorage({ kind: 'backup', name: 'one' }, env));
    await Effect.runPromise(stopDaemon(env));
    const open = ['', ...readdirSync(home, { recursive: true, encoding: 'utf8' })].filter((name) => {
      const stat = lstatSync(join(home, name));
      return !stat.isSymbolicLink() && (stat.mode & 0o077) !== 0;
    });
    expect(open).toEqual([]);
    expect(readdirSync(home)).toEqual(expect.arrayContaining(['store', 'spool', 'run', 'backups']));
  } finally {
    await Effect.runPromise(Effect.ignore(stopDaemon(env)));
    rmSync(around, { recursive: true });
  }
});
