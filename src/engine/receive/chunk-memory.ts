import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type CollectYoung = (options: { readonly type: 'minor' }) => void;

/** Chunks that may lie dead before a minor collection: far less than what makes V8 start a major one (64 MB). */
const deadBytesPerCollection = 8 * 1024 * 1024;

let collectYoung: CollectYoung | null = null;

/** V8's own `gc`, which a context has that is made after the flag is set. */
function youngCollector(): CollectYoung {
  if (collectYoung === null) {
    setFlagsFromString('--expose-gc');
    collectYoung = runInNewContext('gc') as CollectYoung;
    setFlagsFromString('--no-expose-gc');
  }
  return collectYoung;
}

/**
 * Gets rid of the chunks in which bodies arrive once they have been copied. Their memory is outside V8's heap, and V8
 * marks the whole heap for every 64 MB of it, though the chunks die within a millisecond. A chunk that nothing else
 * shares is freed at once; for the others a collection of the young objects (well below a millisecond) comes in time.
 */
export class ChunkMemory {
  #deadBytes = 0;

  /** @param exclusive the chunk's memory belongs to nobody else when it is all of its ArrayBuffer (HTTP/1 bodies). */
  discard(chunk: Buffer, exclusive: boolean): void {
    const { buffer } = chunk;
    if (exclusive && buffer.byteLength === chunk.length && buffer instanceof ArrayBuffer) {
      buffer.transfer(0);
      return;
    }
    this.#deadBytes += chunk.length;
    if (this.#deadBytes < deadBytesPerCollection) return;
    this.#deadBytes = 0;
    youngCollector()({ type: 'minor' });
  }
}
