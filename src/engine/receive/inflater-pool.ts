import type { Algorithm, ZlibStream } from './inflaters.ts';

export interface InflationEvents {
  readonly data: (chunk: Buffer) => void;
  /** More may be written. */
  readonly drain: () => void;
  /** Everything has been handed out, and the input was complete. */
  readonly end: () => void;
  readonly error: (error: Error) => void;
}

const keptPerAlgorithm = 16;

/**
 * Decompressors that are used again: making one for each body costs more than inflating a small body, and its windows
 * and buffers weigh on the garbage collector as bodies do (see body-buffers.ts).
 */
export class InflaterPool {
  readonly #idle = new Map<string, ZlibStream[]>();

  start(algorithm: Algorithm, events: InflationEvents): Inflation {
    const stream = this.#idle.get(algorithm.name)?.pop() ?? algorithm.create();
    return new Inflation(stream, algorithm, events, () => this.#keep(algorithm, stream));
  }

  #keep({ name, reusable }: Algorithm, stream: ZlibStream): void {
    const idle = this.#idle.get(name) ?? [];
    this.#idle.set(name, idle);
    if (!reusable || idle.length >= keptPerAlgorithm) {
      stream.destroy();
      return;
    }
    stream.reset?.();
    idle.push(stream);
  }
}

/** The decompression of one body. The stream beneath is never ended, only flushed, so that it can serve the next. */
export class Inflation {
  readonly #stream: ZlibStream;
  readonly #algorithm: Algorithm;
  readonly #keep: () => void;
  readonly #readBefore: number;
  #state: 'open' | 'flushed' | 'finished' | 'released' = 'open';

  constructor(stream: ZlibStream, algorithm: Algorithm, events: InflationEvents, keep: () => void) {
    this.#stream = stream;
    this.#algorithm = algorithm;
    this.#keep = keep;
    this.#readBefore = stream.bytesWritten;
    const finishIfEmpty = (): void => {
      if (this.#state !== 'flushed' || stream.readableLength > 0) return;
      this.#state = 'finished';
      events.end();
    };
    stream.on('data', (chunk: Buffer) => {
      events.data(chunk);
      finishIfEmpty();
    });
    stream.on('drain', events.drain);
    stream.on('error', events.error);
    this.#onFlushed = (error) => {
      if (error || this.#state !== 'open') return;
      this.#state = 'flushed';
      // While paused, chunks wait in the stream; the last of them ends the body.
      finishIfEmpty();
    };
    stream.resume();
  }

  readonly #onFlushed: (error?: Error | null) => void;

  get name(): string {
    return this.#algorithm.name;
  }

  /** Compressed bytes that have been turned into others, or are about to be. */
  get bytesRead(): number {
    return this.#stream.bytesWritten - this.#readBefore;
  }

  /** false asks to wait for `drain`. */
  write(chunk: Buffer): boolean {
    return this.#stream.write(chunk);
  }

  end(): void {
    this.#stream.flush(this.#algorithm.finish, this.#onFlushed);
  }

  pause(): void {
    this.#stream.pause();
  }

  resume(): void {
    this.#stream.resume();
  }

  /** A stream that ended well is kept for the next body; any other is in an unknown state. */
  release(): void {
    const finished = this.#state === 'finished';
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#stream.removeAllListeners();
    if (finished) {
      this.#keep();
      return;
    }
    // Work that is under way in the thread pool may still fail.
    this.#stream.on('error', () => undefined);
    this.#stream.destroy();
  }
}
