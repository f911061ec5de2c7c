import { statfs } from 'node:fs/promises';
import { limits } from '../../domain/limits.ts';
import { hourOf } from './archive-key.ts';
import { QueueWriter } from './queue-writer.ts';
import { type ArchiveRecord, recordOverheadBytes, writeRecord } from './record.ts';

/** Why a request was left out of the archive. */
export type DropReason = 'queue-full' | 'memory' | 'disk-full' | 'disk-error';

export interface Dropped {
  readonly requests: number;
  readonly items: number;
  readonly bytes: number;
  readonly byReason: Readonly<Partial<Record<DropReason, number>>>;
  readonly lastError: string | null;
}

export interface QueueOptions {
  readonly directory: string;
  readonly objectBytes: number;
  readonly objectAgeMs: number;
  /** Bytes in closed and open files, beyond which requests are left out. */
  readonly queueBytes: number;
  /** Bytes that a former process left in closed files. */
  readonly queuedBytes: number;
  readonly onClosed: () => void;
  readonly now?: () => number;
}

interface OpenBatch {
  readonly signal: ArchiveRecord['signal'];
  readonly buffer: Buffer;
  readonly startedAt: number;
  used: number;
  records: number;
  items: number;
  firstUnixMs: number;
  lastUnixMs: number;
}

const pooledBatches = 8;

/**
 * The way from the receivers to the files of the queue. `tap` copies and returns: compressing and writing happen later,
 * one batch at a time, so that they never hold more than one thread of the pool that the spool's syncs need too.
 * What there is no room for is left out and counted.
 */
export class ArchiveQueue {
  readonly #options: QueueOptions;
  readonly #writer: QueueWriter;
  readonly #now: () => number;
  readonly #batches = new Map<string, OpenBatch>();
  readonly #waiting: OpenBatch[] = [];
  readonly #pool: Buffer[] = [];
  #waitingBytes = 0;
  #fileBytes: number;
  #working: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  #diskIsFull = false;
  #diskCheckedAt = -Infinity;
  readonly #dropped = { requests: 0, items: 0, bytes: 0, byReason: {} as Partial<Record<DropReason, number>> };
  #lastError: string | null = null;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
    this.#fileBytes = options.queuedBytes;
    this.#writer = new QueueWriter({ ...options, now: this.#now });
  }

  get dropped(): Dropped {
    return { ...this.#dropped, byReason: { ...this.#dropped.byReason }, lastError: this.#lastError };
  }

  /** Bytes of all files of the queue. */
  get fileBytes(): number {
    return this.#fileBytes;
  }

  /** A file was uploaded and deleted. */
  freed(bytes: number): void {
    this.#fileBytes -= bytes;
  }

  tap(record: ArchiveRecord): void {
    const bytes = record.payload.length + recordOverheadBytes;
    if (this.#diskIsFull) return this.#drop('disk-full', 1, record.items, record.payload.length);
    if (this.#fileBytes >= this.#options.queueBytes) {
      return this.#drop('queue-full', 1, record.items, record.payload.length);
    }
    if (this.#waitingBytes + bytes > limits.archive.memoryBytes && this.#waiting.length > 0) {
      return this.#drop('memory', 1, record.items, record.payload.length);
    }
    const batch = this.#batchFor(record, bytes);
    batch.used = writeRecord(record, batch.buffer, batch.used);
    batch.records += 1;
    batch.items += record.items;
    batch.firstUnixMs = Math.min(batch.firstUnixMs, record.receivedUnixMs);
    batch.lastUnixMs = Math.max(batch.lastUnixMs, record.receivedUnixMs);
    this.#timer ??= setInterval(() => this.#tick(), limits.archive.flushMs).unref();
  }

  /** Compresses and writes all that waits. */
  async flush(): Promise<void> {
    for (const key of this.#batches.keys()) this.#handOver(key);
    while (this.#working !== null) await this.#working;
  }

  /** Flushes and closes the files. */
  async close(): Promise<void> {
    await this.flush();
    await this.#writer.closeAll().catch((error: unknown) => this.#failed(error));
    this.#stopTimer();
  }

  #batchFor(record: ArchiveRecord, bytes: number): OpenBatch {
    const key = `${record.signal}/${hourOf(record.receivedUnixMs)}`;
    const open = this.#batches.get(key);
    if (open !== undefined && open.used + bytes <= open.buffer.length) return open;
    if (open !== undefined) this.#handOver(key);
    const batch: OpenBatch = {
      signal: record.signal,
      buffer: this.#buffer(bytes),
      startedAt: this.#now(),
      used: 0,
      records: 0,
      items: 0,
      firstUnixMs: Infinity,
      lastUnixMs: -Infinity,
    };
    this.#batches.set(key, batch);
    return batch;
  }

  /** Fresh memory outside V8's heap makes it mark its whole heap, so buffers are used again. */
  #buffer(bytes: number): Buffer {
    if (bytes > limits.archive.batchBytes) return Buffer.allocUnsafeSlow(bytes);
    return this.#pool.pop() ?? Buffer.allocUnsafeSlow(limits.archive.batchBytes);
  }

  #handOver(key: string): void {
    const batch = this.#batches.get(key);
    if (batch === undefined) return;
    this.#batches.delete(key);
    this.#waiting.push(batch);
    this.#waitingBytes += batch.buffer.length;
    this.#work();
  }

  #tick(): void {
    for (const [key, batch] of this.#batches) {
      if (this.#now() - batch.startedAt >= limits.archive.flushMs) this.#handOver(key);
    }
    this.#work();
  }

  #work(): void {
    this.#working ??= this.#writeWaiting().finally(() => {
      this.#working = null;
      if (this.#waiting.length > 0) this.#work();
    });
  }

  async #writeWaiting(): Promise<void> {
    await this.#lookAtDisk();
    for (let batch = this.#waiting.shift(); batch !== undefined; batch = this.#waiting.shift()) {
      await this.#write(batch);
      this.#waitingBytes -= batch.buffer.length;
      if (batch.buffer.length === limits.archive.batchBytes && this.#pool.length < pooledBatches) {
        this.#pool.push(batch.buffer);
      }
    }
    await this.#writer.upkeep().catch((error: unknown) => this.#failed(error));
    const idle = this.#batches.size === 0 && this.#waiting.length === 0 && this.#writer.openFiles === 0;
    if (idle && !this.#diskIsFull) this.#stopTimer();
  }

  async #write(batch: OpenBatch): Promise<void> {
    try {
      this.#fileBytes += await this.#writer.append({ ...batch, bytes: batch.buffer.subarray(0, batch.used) });
    } catch (error) {
      this.#failed(error);
      const full = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
      this.#drop(full ? 'disk-full' : 'disk-error', batch.records, batch.items, batch.used);
    }
  }

  async #lookAtDisk(): Promise<void> {
    if (this.#now() - this.#diskCheckedAt < limits.spool.freeDiskCheckMs) return;
    this.#diskCheckedAt = this.#now();
    const disk = await statfs(this.#options.directory).catch(() => null);
    // Where the disk cannot say, the write itself will.
    this.#diskIsFull = disk !== null && disk.bavail * disk.bsize < limits.archive.freeDiskBytes;
  }

  #drop(reason: DropReason, requests: number, items: number, bytes: number): void {
    this.#dropped.requests += requests;
    this.#dropped.items += items;
    this.#dropped.bytes += bytes;
    this.#dropped.byReason[reason] = (this.#dropped.byReason[reason] ?? 0) + requests;
  }

  #failed(error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }
}
