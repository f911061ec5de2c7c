import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { askStorage } from '../../../src/engine/daemon/ask-storage.ts';
import { outcomeOf } from '../../../src/engine/daemon/task-route.ts';
import { doStorageTask } from '../../../src/engine/daemon/storage-work.ts';
import { unpackError } from '../../../src/engine/domain/errors.ts';
import { formatMessage, messageOf } from '../../../src/engine/domain/messages.ts';
import { signals } from '../../../src/engine/domain/signals.ts';
import type { StorageTask } from '../../../src/engine/domain/storage-task.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';

let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

const key = (): string => daemon.state.access?.localKey ?? '';
async function ask(task: string, authorization = `Bearer ${key()}`, method = 'POST') {
  const url = `${daemon.state.endpoints.otlpHttp}/storage?task=${encodeURIComponent(task)}`;
  const answer = await fetch(url, { method, headers: authorization === '' ? {} : { authorization } });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const harmless: StorageTask = { kind: 'prune', rule: { before: '2000-01-01' }, signals: ['logs'], dryRun: true };

test('the store is for the commands of its user, on loopback without a token too', async () => {
  const task = JSON.stringify(harmless);
  for (const authorization of ['', 'Bearer x', `Bearer ${key()}x`, `Basic ${btoa(`obs:${key()}`)}`]) {
    expect(await ask(task, authorization)).toMatchObject({ status: 403, body: { code: 7 } });
  }
  expect((await ask(task)).status).toBe(200);
  expect((await ask(task, undefined, 'GET')).status).toBe(405);
  expect(await Effect.runPromise(askStorage(harmless, daemon.env))).toEqual({ kind: 'prune', dropped: [] });
  expect(statSync(daemon.paths.runFile).mode & 0o777).toBe(0o600);
});

test('a task that is not whole and one thing alone is refused with the reason, and nothing happens', async () => {
  const old = `${Date.now() - 3 * 86_400_000}000000`;
  const record = { timeUnixNano: old, body: { stringValue: 'three days old' } };
  await daemon.send('logs', JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] }));
  const kept = async (): Promise<boolean> =>
    (await daemon.rows("SELECT 1 FROM otel_logs WHERE Body = 'three days old'")).length === 1;
  await daemon.eventually(kept);
  const before = await daemon.status();

  const prune = { kind: 'prune', rule: { before: '2026-01-31' }, signals: [...signals], dryRun: false };
  const { dryRun: _, ...undecided } = prune;
  const wrong: readonly (readonly [unknown, RegExp])[] = [
    [{ kind: 'zzz' }, /zzz|kind/],
    [{ ...prune, rule: {} }, /before|toBytes/],
    [{ ...prune, rule: { before: '2026-01-31', toBytes: 1 } }, /rule/],
    [{ ...prune, rule: { before: 'tomorrow' } }, /a day such as/],
    [{ ...prune, rule: { before: '2026-02-31' } }, /a day such as/],
    [{ ...prune, rule: { toBytes: -1 } }, /toBytes/],
    [{ ...prune, rule: { toBytes: 'all' } }, /toBytes/],
    [{ ...prune, signals: [] }, /signals/],
    [{ ...prune, signals: ['spans'] }, /signals/],
    [{ ...prune, dryRun: 'no' }, /dryRun/],
    [{ ...prune, dryrun: true }, /dryrun/],
    [undecided, /dryRun/],
    [{ kind: 'backup' }, /name/],
    [null, /Expected/],
    [[], /Expected/],
  ];
  for (const [task, reason] of wrong) {
    const { status, body } = await ask(JSON.stringify(task));
    expect([status, body['why'], unpackError(body)?._tag]).toEqual([400, expect.stringMatching(reason), 'BadInput']);
  }
  for (const text of ['xx', '', '{"kind":"prune"', '\0']) expect((await ask(text)).status).toBe(400);

  const after = await daemon.status();
  expect([after.engine.pid, after.engine.restarts]).toEqual([before.engine.pid, 0]);
  expect(await kept()).toBe(true);
});

test('what nobody foresaw in a task is an answer too, and not the end of the engine', async () => {
  const strange = { kind: 'zzz' } as unknown as StorageTask;
  const path = mkdtempSync(join(tmpdir(), 'obs-task-'));
  const work = doStorageTask(strange, join(path, 'backups')).pipe(Effect.provide(embeddedStore({ path })));
  const { error } = (await Effect.runPromise(outcomeOf('zzz', work))) as { error: Record<string, unknown> };
  rmSync(path, { recursive: true });
  const back = unpackError(JSON.parse(JSON.stringify(error)));
  expect(back).toMatchObject({ _tag: 'EngineFailed', task: 'zzz', reason: expect.stringContaining('TypeError') });
  expect(formatMessage(messageOf(back!))).toMatch(/failed at the task "zzz"/);
});
