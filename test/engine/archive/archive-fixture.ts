import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Exit, Scope } from 'effect';
import type { ArchiveSettings } from '../../../src/engine/config/archive-settings.ts';
import { type Archive, startArchive } from '../../../src/engine/store/archive/archive.ts';
import type { ArchiveStatus } from '../../../src/engine/store/archive/archive-status.ts';
import { ObjectStore } from '../../../src/engine/store/archive/object-store.ts';
import type { ArchiveRecord } from '../../../src/engine/store/archive/record.ts';
import { s3ObjectStore } from '../../../src/engine/store/archive/s3-object-store.ts';
import { type VerifyReport, verifyArchive } from '../../../src/engine/store/archive/verify.ts';
import { signals } from '../../../src/engine/domain/signals.ts';

/** An archive without a daemon before it: requests go straight to its tap. */
export interface TestArchive extends AsyncDisposable {
  readonly folder: string;
  readonly archive: Archive;
  status(): Promise<ArchiveStatus>;
  /** Ends it as a stopping daemon does: files are closed, nothing waits for the bucket. */
  stop(): Promise<void>;
}

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'obs-archive-'));
export const removeFolder = (folder: string): void => rmSync(folder, { recursive: true, force: true });

export async function openArchive(settings: ArchiveSettings, folder = newFolder()): Promise<TestArchive> {
  const scope = Effect.runSync(Scope.make());
  const archive = await Effect.runPromise(startArchive(settings, folder).pipe(Scope.provide(scope)));
  const stop = (): Promise<void> => Effect.runPromise(Scope.close(scope, Exit.void));
  return {
    folder,
    archive,
    status: () => Effect.runPromise(archive.status),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      removeFolder(folder);
    },
  };
}

export function verifyBucket(settings: ArchiveSettings): Promise<VerifyReport> {
  const all = { prefix: settings.prefix, signals, sinceUnixMs: 0, untilUnixMs: Date.now() + 86_400_000 };
  return onBucket(settings, verifyArchive(all));
}

export function onBucket<A, E>(settings: ArchiveSettings, effect: Effect.Effect<A, E, ObjectStore>): Promise<A> {
  return Effect.runPromise(effect.pipe(Effect.provide(s3ObjectStore(settings))));
}

/** A request whose bytes say which one it is; zstd makes nothing of them. */
export function numbered(number: number, bytes = 2000, receivedUnixMs = Date.now()): ArchiveRecord {
  const payload = Buffer.alloc(bytes);
  let state = number + 1;
  for (let at = 0; at + 4 <= bytes; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    payload.writeUInt32LE(state, at);
  }
  return { receivedUnixMs, signal: 'traces', encoding: 'protobuf', items: 1, payload };
}
