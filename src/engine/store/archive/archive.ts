import { Effect, Latch, type Scope } from 'effect';
import type { ArchiveSettings } from '../../config/archive-settings.ts';
import type { ArchiveFailed, ConfigInvalid, StorageFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { messageOf } from '../../domain/messages.ts';
import { type ArchiveStatus, UploadCounters } from './archive-status.ts';
import { ArchiveQueue } from './queue.ts';
import { closedFiles, queuedBytes, recoverQueue } from './queue-recovery.ts';
import type { ArchiveRecord } from './record.ts';
import { s3ObjectStore } from './s3-object-store.ts';
import { uploadClosed } from './uploader.ts';

export interface Archive {
  /** Copies a request into the queue, or leaves it out and counts it; returns at once. */
  readonly tap: (record: ArchiveRecord) => void;
  readonly status: Effect.Effect<ArchiveStatus>;
}

/** For people: where the archive is. */
export function archiveLocation({ bucket, prefix, endpoint }: ArchiveSettings): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix}`}${endpoint === null ? '' : ` at ${endpoint}`}`;
}

/**
 * Starts the queue and its uploads; both end with the scope, which writes and closes what is in memory. What waits then
 * is uploaded by the next start: stopping does not wait for a network. The bucket need not be there yet.
 * @param directory the queue's folder
 */
export const startArchive = Effect.fnUntraced(function* (
  settings: ArchiveSettings,
  directory: string,
): Effect.fn.Return<Archive, StorageFailed, Scope.Scope> {
  const instance = yield* recoverQueue(directory);
  const counters = new UploadCounters();
  const work = yield* Latch.make(closedFiles(directory).length > 0);
  const queue = new ArchiveQueue({
    directory,
    objectBytes: settings.objectBytes,
    objectAgeMs: settings.objectAgeMs,
    queueBytes: settings.queueBytes,
    queuedBytes: queuedBytes(directory),
    onClosed: () => work.openUnsafe(),
  });

  const upload = uploadClosed({
    directory,
    prefix: settings.prefix,
    instance,
    onUploaded: ({ records, items }, { signal, bytes }, atUnixMs) => {
      counters.add(signal, bytes, records, items, atUnixMs);
      queue.freed(bytes);
    },
    onDamaged: ({ bytes }) => {
      counters.damaged += 1;
      queue.freed(bytes);
    },
  });
  // A client for each round: one that failed is not asked again, so new credentials or addresses are picked up. Until a
  // file is closed there is none, and the SDK stays out of memory.
  const round = upload.pipe(Effect.provide(s3ObjectStore(settings)));
  yield* Effect.gen(function* () {
    let waitMs: number = limits.archive.retryMs;
    for (;;) {
      yield* work.await;
      work.closeUnsafe();
      const tried = yield* Effect.result(round);
      if (tried._tag === 'Success') {
        waitMs = limits.archive.retryMs;
        continue;
      }
      counters.failed(sentence(tried.failure));
      work.openUnsafe();
      yield* Effect.sleep(waitMs);
      waitMs = Math.min(waitMs * 2, limits.archive.retryMaxMs);
    }
  }).pipe(Effect.forkScoped);
  yield* Effect.addFinalizer(() => Effect.promise(() => queue.close()));

  return {
    tap: (record) => queue.tap(record),
    status: Effect.sync(() => {
      const waiting = closedFiles(directory);
      return {
        location: archiveLocation(settings),
        instance,
        queue: {
          files: waiting.length,
          bytes: queue.fileBytes,
          limitBytes: settings.queueBytes,
          oldestUnixMs: waiting[0]?.name.firstUnixMs ?? null,
        },
        uploaded: { ...counters.uploaded },
        lastUploadUnixMs: counters.lastUploadUnixMs,
        failedUploads: counters.failedUploads,
        lastError: counters.lastError,
        dropped: queue.dropped,
        damaged: counters.damaged,
      };
    }),
  };
});

function sentence(error: ArchiveFailed | ConfigInvalid | StorageFailed): string {
  const { what, why } = messageOf(error);
  return `${what}: ${why}`;
}
