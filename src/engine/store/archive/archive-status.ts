import { type BySignal, bySignal, type Signal } from '../../domain/signals.ts';
import type { Dropped } from './queue.ts';

export interface Uploaded {
  readonly objects: number;
  readonly bytes: number;
  readonly records: number;
  readonly items: number;
}

/** The archive's part of `obs status --json`: the queue to it and what this run brought there. */
export interface ArchiveStatus {
  /** For people: bucket, prefix and endpoint. */
  readonly location: string;
  readonly instance: string;
  readonly queue: {
    /** Closed files that wait to be uploaded. */
    readonly files: number;
    /** Of all files, those being written among them. */
    readonly bytes: number;
    readonly limitBytes: number;
    /** When the oldest request that waits came in; `null` when none does. */
    readonly oldestUnixMs: number | null;
  };
  /** Since the daemon started. */
  readonly uploaded: BySignal<Uploaded>;
  readonly lastUploadUnixMs: number | null;
  readonly failedUploads: number;
  /** Why the last try to upload failed; `null` when it did not. */
  readonly lastError: string | null;
  /** Left out of the archive since the daemon started. */
  readonly dropped: Dropped;
  /** Files set aside because their bytes were not what was written. */
  readonly damaged: number;
}

/** What is counted as uploads end and fail. */
export class UploadCounters {
  readonly uploaded = bySignal((): Uploaded => ({ objects: 0, bytes: 0, records: 0, items: 0 }));
  lastUploadUnixMs: number | null = null;
  failedUploads = 0;
  lastError: string | null = null;
  damaged = 0;

  add(signal: Signal, bytes: number, records: number, items: number, atUnixMs: number): void {
    const before = this.uploaded[signal];
    this.uploaded[signal] = {
      objects: before.objects + 1,
      bytes: before.bytes + bytes,
      records: before.records + records,
      items: before.items + items,
    };
    this.lastUploadUnixMs = atUnixMs;
    this.lastError = null;
  }

  failed(reason: string): void {
    this.failedUploads += 1;
    this.lastError = reason;
  }
}
