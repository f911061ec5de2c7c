import { mkdirSync } from 'node:fs';
import { type FileHandle, open, rename, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { constants, zstdCompress } from 'node:zlib';
import { limits } from '../../domain/limits.ts';
import type { Signal } from '../../domain/signals.ts';
import { hourEnd, hourOf, queueStem } from './archive-key.ts';
import { frameHeaderBytes, writeFrameHeader } from './frame.ts';

const compress = promisify(zstdCompress);
const zstdOptions = {
  chunkSize: 256 * 1024,
  params: {
    [constants.ZSTD_c_compressionLevel]: limits.archive.compressionLevel,
    [constants.ZSTD_c_checksumFlag]: 1,
  },
};

/** Records of one signal and hour that are compressed together. */
export interface Batch {
  readonly signal: Signal;
  readonly bytes: Buffer;
  readonly records: number;
  readonly items: number;
  readonly firstUnixMs: number;
  readonly lastUnixMs: number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly path: string;
  readonly openedAt: number;
  readonly hour: number;
  bytes: number;
  syncedBytes: number;
  dirtySince: number;
}

export interface QueueWriterOptions {
  readonly directory: string;
  readonly objectBytes: number;
  readonly objectAgeMs: number;
  readonly now: () => number;
  /** A file was closed: there is something to upload. */
  readonly onClosed: () => void;
}

/** The open files of the queue, one a signal and hour. Its calls must come one after another. */
export class QueueWriter {
  readonly #options: QueueWriterOptions;
  readonly #open = new Map<string, OpenFile>();

  constructor(options: QueueWriterOptions) {
    this.#options = options;
  }

  get openFiles(): number {
    return this.#open.size;
  }

  /** Compresses a batch and appends it. After a failed write the file is cut back to what it was. @returns its bytes */
  async append(batch: Batch): Promise<number> {
    const compressed = await compress(batch.bytes, zstdOptions);
    const index = { ...batch, contentBytes: batch.bytes.length, compressedBytes: compressed.length };
    const file = await this.#fileFor(batch);
    try {
      await writeAll(file.handle, [writeFrameHeader(index, compressed), compressed], file.bytes);
    } catch (error) {
      await file.handle.truncate(file.bytes).catch(() => {});
      throw error;
    }
    if (file.bytes === file.syncedBytes) file.dirtySince = this.#options.now();
    const written = frameHeaderBytes + compressed.length;
    file.bytes += written;
    return written;
  }

  /** Syncs what waited long enough, closes what is large or old enough. */
  async upkeep(): Promise<void> {
    const { objectBytes, objectAgeMs, now } = this.#options;
    for (const [key, file] of this.#open) {
      const due =
        file.bytes >= objectBytes ||
        now() - file.openedAt >= objectAgeMs ||
        now() >= hourEnd(file.hour) + limits.archive.hourGraceMs;
      if (due) await this.#close(key, file);
      else if (file.bytes > file.syncedBytes && now() - file.dirtySince >= limits.archive.syncMs) {
        const { bytes } = file;
        await file.handle.datasync();
        file.syncedBytes = bytes;
      }
    }
  }

  async closeAll(): Promise<void> {
    for (const [key, file] of this.#open) await this.#close(key, file);
  }

  async #fileFor({ signal, firstUnixMs }: Batch): Promise<OpenFile> {
    const hour = hourOf(firstUnixMs);
    const key = `${signal}/${hour}`;
    const known = this.#open.get(key);
    if (known !== undefined) return known;
    const folder = join(this.#options.directory, signal);
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, queueStem(firstUnixMs, Math.random() * 2 ** 32));
    const handle = await open(`${path}.open`, 'wx', 0o600);
    const now = this.#options.now();
    const file = { handle, path, hour, openedAt: now, bytes: 0, syncedBytes: 0, dirtySince: now };
    this.#open.set(key, file);
    return file;
  }

  async #close(key: string, file: OpenFile): Promise<void> {
    this.#open.delete(key);
    try {
      await file.handle.datasync();
    } finally {
      await file.handle.close();
    }
    if (file.bytes === 0) return unlink(`${file.path}.open`);
    await rename(`${file.path}.open`, `${file.path}.zst`);
    this.#options.onClosed();
  }
}

async function writeAll(handle: FileHandle, parts: readonly Buffer[], position: number): Promise<void> {
  let at = position;
  for (const part of parts) {
    for (let done = 0; done < part.length;) {
      const { bytesWritten } = await handle.write(part, done, part.length - done, at);
      done += bytesWritten;
      at += bytesWritten;
    }
  }
}
