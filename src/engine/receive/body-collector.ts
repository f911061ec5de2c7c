import { Overloaded } from '../domain/errors.ts';
import type { Inflation } from './inflater-pool.ts';
import type { Algorithm } from './inflaters.ts';
import type { Intake } from './intake.ts';
import { type Refusal, refusalOf, refusals } from './refusals.ts';

/** What sends the bytes: a request or an HTTP/2 stream. */
export interface BodySource {
  /** Each chunk is memory of its own that nobody else uses. */
  readonly ownsChunks: boolean;
  readonly stream: { pause(): unknown; resume(): unknown };
}

export interface BodyEvents {
  /** The whole body, decompressed. It may be read until `release`, which gives its memory to other bodies. */
  readonly complete: (body: Buffer) => void;
  /** The body cannot be taken; everything reserved is given back already. Called once, and never after `complete`. */
  readonly refuse: (refusal: Refusal) => void;
}

const overloadRetryMs = 1_000;
const nothing = Buffer.alloc(0);
/** Announced sizes are believed up to here; beyond, memory follows what really came. */
const believedBytes = 1024 * 1024;

/**
 * Gathers one request body under the limits: compressed size, size after decompression (checked while inflating, so a
 * decompression bomb never becomes large), and the memory that all bodies may hold together. The source is paused
 * whenever decompression or memory cannot follow.
 */
export class BodyCollector {
  readonly #intake: Intake;
  readonly #source: BodySource;
  readonly #inflation: Inflation | null;
  readonly #announced: number;
  readonly #events: BodyEvents;
  /** What has come, at the start of `#buffer`, whose whole length is reserved. */
  #buffer: Buffer = nothing;
  #size = 0;
  /** What came while waiting for memory. */
  #late: Buffer[] = [];
  #lateBytes = 0;
  #wireBytes = 0;
  #leaveLine: (() => void) | null = null;
  #ended = false;
  #settled = false;

  /** @param announced bytes after decompression, as far as the sender says; 0 when it does not. */
  constructor(intake: Intake, source: BodySource, algorithm: Algorithm | null, announced: number, events: BodyEvents) {
    this.#intake = intake;
    this.#source = source;
    this.#announced = Math.min(announced, believedBytes);
    this.#events = events;
    this.#inflation = algorithm === null ? null : this.#inflate(algorithm);
  }

  /** Bytes as they came over the wire. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  /** The chunk is copied, or kept until it can be. */
  push(chunk: Buffer): void {
    if (this.#settled) return;
    this.#wireBytes += chunk.length;
    if (this.#inflation === null) {
      this.#keep(chunk);
      return;
    }
    if (this.#wireBytes > this.#intake.limits.compressedBodyBytes) {
      this.#refuse(refusals.tooLarge(this.#intake.limits.bodyBytes));
      return;
    }
    if (!this.#inflation.write(chunk)) this.#source.stream.pause();
  }

  /** The source has sent everything. */
  end(): void {
    if (this.#settled) return;
    if (this.#inflation === null) this.#finish();
    else this.#inflation.end();
  }

  /** Gives back what is reserved; without `complete` before it, nothing more is called. Safe to call twice. */
  release(): void {
    this.#settled = true;
    this.#late = [];
    this.#leaveLine?.();
    this.#leaveLine = null;
    this.#inflation?.release();
    const buffer = this.#buffer;
    this.#buffer = nothing;
    if (buffer.length === 0) return;
    this.#intake.buffers.give(buffer);
    this.#intake.budget.release(buffer.length);
  }

  #inflate(algorithm: Algorithm): Inflation {
    return this.#intake.inflaters.start(algorithm, {
      data: (chunk) => this.#keep(chunk),
      drain: () => this.#source.stream.resume(),
      end: () => this.#finish(),
      error: (error) => this.#refuse(refusals.corrupt(algorithm.name, error.message)),
    });
  }

  #keep(chunk: Buffer): void {
    if (this.#settled) return;
    const total = this.#size + this.#lateBytes + chunk.length;
    if (total > this.#intake.limits.bodyBytes) {
      this.#refuse(refusals.tooLarge(this.#intake.limits.bodyBytes));
      return;
    }
    if (this.#isBomb(total)) {
      this.#refuse(refusals.compressionBomb(this.#intake.limits.bombRatio));
      return;
    }
    if (this.#leaveLine === null && (total <= this.#buffer.length || this.#grow(total))) {
      this.#copy(chunk);
      return;
    }
    this.#late.push(chunk);
    this.#lateBytes += chunk.length;
    if (this.#leaveLine === null) this.#waitForRoom();
  }

  /** Telemetry that is large and compresses like this there is none: a bomb need not grow up to the limit. */
  #isBomb(total: number): boolean {
    const { bombBytes, bombRatio } = this.#intake.limits;
    return this.#inflation !== null && total > bombBytes && total > bombRatio * this.#inflation.bytesRead;
  }

  #copy(chunk: Buffer): void {
    chunk.copy(this.#buffer, this.#size);
    this.#size += chunk.length;
    this.#intake.chunks.discard(chunk, this.#inflation === null && this.#source.ownsChunks);
  }

  /** The next size for `total` bytes: doubled, so that a body of unknown size is copied a few times only. */
  #sizeFor(total: number): number {
    const { buffers, limits } = this.#intake;
    const wanted = Math.max(total, this.#announced, this.#buffer.length * 2);
    return buffers.sizeFor(Math.max(total, Math.min(wanted, limits.bodyBytes)));
  }

  /** Moves to a buffer that holds `total` bytes; false when there is no memory for it now. */
  #grow(total: number): boolean {
    const size = this.#sizeFor(total);
    if (!this.#intake.budget.tryReserve(size - this.#buffer.length)) return false;
    this.#moveTo(size);
    return true;
  }

  #moveTo(size: number): void {
    const old = this.#buffer;
    this.#buffer = this.#intake.buffers.take(size);
    if (old.length === 0) return;
    old.copy(this.#buffer, 0, 0, this.#size);
    this.#intake.buffers.give(old);
  }

  #waitForRoom(): void {
    const throttled = this.#inflation ?? this.#source.stream;
    throttled.pause();
    const size = this.#sizeFor(this.#size + this.#lateBytes);
    const more = size - this.#buffer.length;
    this.#leaveLine = this.#intake.budget.wait(more, this.#intake.limits.inFlightWaitMs, (granted) => {
      this.#leaveLine = null;
      if (!granted) {
        this.#refuse(refusalOf(new Overloaded({ reason: 'memory', retryAfterMs: overloadRetryMs })));
        return;
      }
      this.#moveTo(size);
      const late = this.#late;
      this.#late = [];
      this.#lateBytes = 0;
      // What came in the meantime may be more than there is room for now: then it waits again.
      for (const chunk of late) this.#keep(chunk);
      if (this.#leaveLine !== null) return;
      throttled.resume();
      if (this.#ended) this.#finish();
    });
  }

  #finish(): void {
    this.#ended = true;
    if (this.#settled || this.#leaveLine !== null) return;
    this.#settled = true;
    this.#events.complete(this.#buffer.subarray(0, this.#size));
  }

  #refuse(refusal: Refusal): void {
    if (this.#settled) return;
    this.release();
    this.#events.refuse(refusal);
  }
}
