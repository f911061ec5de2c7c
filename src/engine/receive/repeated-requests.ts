import { createCipheriv, randomBytes } from 'node:crypto';
import type { Signal } from '../domain/signals.ts';
import type { Outcome } from './intake.ts';

type Listener = (outcome: Outcome) => void;

interface Entry {
  readonly seenAt: number;
  /** How the first copy ended; null while it is under way … */
  outcome: Outcome | null;
  /** … and who waits for that: the later copies. */
  listeners: readonly Listener[];
}

const none: readonly Listener[] = [];
const noNonce = Buffer.alloc(12);

/**
 * Requests that came in a while ago, by their bytes, so that one that its sender repeats because the answer got lost is
 * answered as the first was and stored once. Only what was stored is remembered, in memory, up to a number and an age.
 *
 * The key is a GMAC (NIST SP 800-38D) under a key of this process alone: 128 bits that nobody can aim at, at 25 µs for
 * 277 KB where SHA-1 takes 130.
 */
export class RepeatedRequests {
  readonly #entries = new Map<string, Entry>();
  readonly #key = randomBytes(16);
  readonly #most: number;
  readonly #windowMs: number;
  readonly #now: () => number;

  constructor(most: number, windowMs: number, now: () => number = () => performance.now()) {
    this.#most = most;
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /**
   * True: these bytes came before, and `listener` hears how that ended, at once or when it does. False: they are new,
   * and `settle` must follow.
   */
  hear(key: string, listener: Listener): boolean {
    this.#forgetOld();
    const entry = this.#entries.get(key);
    if (entry === undefined) {
      this.#entries.set(key, { seenAt: this.#now(), outcome: null, listeners: none });
      return false;
    }
    if (entry.outcome === null) entry.listeners = [...entry.listeners, listener];
    else listener(entry.outcome);
    return true;
  }

  /** The first copy is durable, or refused: then it may come again. */
  settle(key: string, outcome: Outcome): void {
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    entry.outcome = outcome;
    if (outcome.kind === 'refused' || outcome.appended.accepted === 0) this.#entries.delete(key);
    const waiting = entry.listeners;
    entry.listeners = none;
    for (const listener of waiting) listener(outcome);
  }

  keyOf(signal: Signal, payload: Uint8Array): string {
    const mac = createCipheriv('aes-128-gcm', this.#key, noNonce);
    mac.setAAD(payload);
    mac.final();
    return signal + mac.getAuthTag().toString('latin1');
  }

  /** Those under way stay: somebody may wait for them. */
  #forgetOld(): void {
    const oldest = this.#now() - this.#windowMs;
    for (const [key, { seenAt, outcome }] of this.#entries) {
      if (outcome === null || (seenAt >= oldest && this.#entries.size <= this.#most)) return;
      this.#entries.delete(key);
    }
  }
}
