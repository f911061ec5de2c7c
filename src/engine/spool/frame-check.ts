import { crc32 } from 'node:zlib';
import { Effect } from 'effect';
import type { StorageFailed } from '../domain/errors.ts';
import { frameHeaderBytes, readFrameHeader } from './frame.ts';
import type { SpoolFileSystem } from './spool-files.ts';

/** Read at once: what a processor's cache holds, and the same memory again and again (fresh pages cost more than the CRC). */
const windowBytes = 256 * 1024;

export interface FrameCheck {
  /** By the frame headers, up to the first damage. */
  readonly rows: number;
  readonly bytes: number;
  readonly intact: boolean;
}

/** Reads a closed segment once, from its start to its end, and compares every frame's checksum. Stops at damage. */
export const checkFrames = Effect.fnUntraced(function* (
  files: SpoolFileSystem,
  path: string,
): Effect.fn.Return<FrameCheck, StorageFailed> {
  const bytes = yield* files.size(path);
  const file = yield* files.openExisting(path);
  const check = Effect.gen(function* () {
    const memory = Buffer.allocUnsafeSlow(windowBytes);
    let window: Uint8Array = memory.subarray(0, 0);
    let windowAt = 0;
    let rows = 0;
    /** At least `wanted` bytes from `at`, or what is there. */
    const read = Effect.fnUntraced(function* (at: number, wanted: number) {
      if (at + wanted > windowAt + window.length && windowAt + window.length < bytes) {
        window = yield* file.read(at, windowBytes, memory);
        windowAt = at;
      }
      return window.subarray(at - windowAt);
    });
    for (let start = 0; start < bytes;) {
      const head = yield* read(start, frameHeaderBytes);
      const header = readFrameHeader(head, 0);
      if (typeof header === 'string' || start + header.bytes > bytes) return { rows, bytes, intact: false };
      const end = start + header.bytes;
      let crc = crc32(head.subarray(0, header.crcAt));
      for (let at = start + header.restAt; at < end;) {
        const part = (yield* read(at, 1)).subarray(0, end - at);
        if (part.length === 0) return { rows, bytes, intact: false };
        crc = crc32(part, crc);
        at += part.length;
      }
      if (crc !== header.crc) return { rows, bytes, intact: false };
      rows += header.rows;
      start = end;
    }
    return { rows, bytes, intact: true };
  });
  return yield* check.pipe(Effect.ensuring(Effect.ignore(file.close)));
});
