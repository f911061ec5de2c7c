import type { Transform } from 'node:stream';
import { Overloaded } from '../domain/errors.ts';
import type { Intake } from './intake.ts';
import { type Refusal, refusalOf, refusals } from './refusals.ts';

/** What sends the bytes: a request or an HTTP/2 stream. */
export interface BodySource {
  pause(): unknown;
  resume(): unknown;
}

export interface Compression {
  readonly name: string;
  readonly inflater: Transform;
}

export interface BodyEvents {
  /** The whole body, decompressed. Its bytes stay reserved until `release`. */
  readonly complete: (body: Buffer) => void;
  /** The body cannot be taken; everything reserved is given back already. Called once, and never after `complete`. */
  readonly refuse: (refusal: Refusal) => void;
}

const overloadRetryMs = 1_000;

/**
 * Gathers one request body under the limits: compressed size, size after decompression (checked while inflating, so a
 * decompression bomb never becomes large), and the memory that all bodies may hold together. The source is paused
 * whenever decompression or memory cannot follow.
 */
export class BodyCollector {
  readonly #intake: Intake;
  readonly #source: BodySource;
  readonly #compression: Compression | null;
  readonly #events: BodyEvents;
  #chunks: Buffer[] = [];
  #wireBytes = 0;
  #size = 0;
  #reserved = 0;
  #leaveLine: (() => void) | null = null;
  #ended = false;
  #settled = false;

  constructor(intake: Intake, source: BodySource, compression: Compression | null, events: BodyEvents) {
    this.#intake = intake;
    this.#source = source;
    this.#compression = compression;
    this.#events = events;
    if (compression !== null) this.#connect(compression);
  }

  /** Bytes as they came over the wire. */
  get wireBytes(): number {
    return this.#wireBytes;
  }

  push(chunk: Buffer): void {
    if (this.#settled) return;
    this.#wireBytes += chunk.length;
    if (this.#compression === null) {
      this.#keep(chunk);
      return;
    }
    if (this.#wireBytes > this.#intake.limits.compressedBodyBytes) {
      this.#refuse(refusals.tooLarge(this.#intake.limits.bodyBytes));
      return;
    }
    if (!this.#compression.inflater.write(chunk)) this.#source.pause();
  }

  /** The source has sent everything. */
  end(): void {
    if (this.#settled) return;
    if (this.#compression === null) this.#finish();
    else this.#compression.inflater.end();
  }

  /** Gives back what is reserved; without `complete` before it, nothing more is called. Safe to call twice. */
  release(): void {
    this.#settled = true;
    this.#chunks = [];
    this.#leaveLine?.();
    this.#leaveLine = null;
    this.#compression?.inflater.destroy();
    const reserved = this.#reserved;
    this.#reserved = 0;
    if (reserved > 0) this.#intake.budget.release(reserved);
  }

  #connect({ name, inflater }: Compression): void {
    inflater.on('data', (chunk: Buffer) => this.#keep(chunk));
    inflater.on('drain', () => this.#source.resume());
    inflater.on('end', () => this.#finish());
    inflater.on('error', (error) => this.#refuse(refusals.corrupt(name, error.message)));
  }

  #keep(chunk: Buffer): void {
    if (this.#settled) return;
    this.#size += chunk.length;
    if (this.#size > this.#intake.limits.bodyBytes) {
      this.#refuse(refusals.tooLarge(this.#intake.limits.bodyBytes));
      return;
    }
    this.#chunks.push(chunk);
    if (this.#leaveLine !== null) return;
    const owed = this.#size - this.#reserved;
    if (this.#intake.budget.tryReserve(owed)) this.#reserved += owed;
    else this.#waitForRoom(owed);
  }

  #waitForRoom(owed: number): void {
    const throttled = this.#compression?.inflater ?? this.#source;
    throttled.pause();
    this.#leaveLine = this.#intake.budget.wait(owed, this.#intake.limits.inFlightWaitMs, (granted) => {
      this.#leaveLine = null;
      if (!granted) {
        this.#refuse(refusalOf(new Overloaded({ reason: 'memory', retryAfterMs: overloadRetryMs })));
        return;
      }
      this.#reserved += owed;
      const more = this.#size - this.#reserved;
      if (more > 0) {
        this.#waitForRoom(more);
        return;
      }
      throttled.resume();
      if (this.#ended) this.#finish();
    });
  }

  #finish(): void {
    this.#ended = true;
    if (this.#settled || this.#leaveLine !== null) return;
    this.#settled = true;
    const body = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [];
    this.#events.complete(body);
  }

  #refuse(refusal: Refusal): void {
    if (this.#settled) return;
    this.release();
    this.#events.refuse(refusal);
  }
}
