const smallest = 16 * 1024;
/** Larger buffers are rare, and are left to the garbage collector. */
const largestKept = 4 * 1024 * 1024;

/**
 * Buffers for request bodies, used again and again. Bodies in fresh memory would make V8 mark its whole heap every
 * 64 MB of them (it counts the memory outside its heap): more CPU time than receiving takes, see docs/receivers.md.
 */
export class BodyBuffers {
  readonly #limitBytes: number;
  readonly #free = new Map<number, Buffer[]>();
  #keptBytes = 0;

  /** @param limitBytes unused memory that is kept at most. */
  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** The size that `take` gives for `bytes`: the next power of two, up to the largest that is kept. */
  sizeFor(bytes: number): number {
    if (bytes > largestKept) return bytes;
    let size = smallest;
    while (size < bytes) size *= 2;
    return size;
  }

  /** A buffer of `sizeFor(bytes)` with arbitrary content. */
  take(bytes: number): Buffer {
    const size = this.sizeFor(bytes);
    const kept = this.#free.get(size)?.pop();
    if (kept === undefined) return Buffer.allocUnsafeSlow(size);
    this.#keptBytes -= size;
    return kept;
  }

  /** Takes a buffer back that nobody reads any more. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    if (size > largestKept || this.#keptBytes + size > this.#limitBytes) return;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [buffer]);
    else list.push(buffer);
    this.#keptBytes += size;
  }
}
