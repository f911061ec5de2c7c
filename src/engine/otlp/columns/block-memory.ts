import { ByteBuffer } from './byte-buffer.ts';

/** Larger blocks are rare: their memory is freed at once. */
const largestKept = 8 * 1024 * 1024;
/** Unused memory that is kept at most, for all tables together. */
const keptAtMost = 32 * 1024 * 1024;

/**
 * Memory of finished blocks, used again and again. It lies outside V8's heap, and V8 marks its whole heap for every
 * 64 MB of such memory that comes new: a quarter of the daemon's CPU time at full load (docs/performance.md).
 */
class BlockMemory {
  private readonly free: ByteBuffer[] = [];
  private readonly lent = new WeakMap<ArrayBufferLike, ByteBuffer>();
  private keptBytes = 0;

  /** An empty buffer with room for `bytes`, which must not grow beyond that. */
  take(bytes: number): ByteBuffer {
    const fits = this.free.findIndex((buffer) => buffer.bytes.length >= bytes);
    const [buffer] = fits === -1 ? [] : this.free.splice(fits, 1);
    if (buffer === undefined) return this.lend(new ByteBuffer(roomFor(bytes)));
    this.keptBytes -= buffer.bytes.length;
    buffer.length = 0;
    return this.lend(buffer);
  }

  /** Takes back what was taken as `bytes`, which nobody reads any more; again, or of other memory: nothing happens. */
  give(bytes: Uint8Array): void {
    const buffer = this.lent.get(bytes.buffer);
    if (buffer === undefined) return;
    this.lent.delete(bytes.buffer);
    const size = buffer.bytes.length;
    if (size > largestKept || this.keptBytes + size > keptAtMost) return void buffer.bytes.buffer.transfer(0);
    this.keptBytes += size;
    this.free.push(buffer);
  }

  private lend(buffer: ByteBuffer): ByteBuffer {
    this.lent.set(buffer.bytes.buffer, buffer);
    return buffer;
  }
}

/** The next power of two, so that blocks of about a size can have each other's memory. */
function roomFor(bytes: number): number {
  return bytes > largestKept ? bytes : 2 ** Math.ceil(Math.log2(Math.max(bytes, 64 * 1024)));
}

export const blockMemory = new BlockMemory();
