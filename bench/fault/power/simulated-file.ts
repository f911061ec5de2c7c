import type { Random } from '../../../test/support/random.ts';

/** One change to a file's bytes. A truncation is metadata: it happens or it does not. */
type Change =
  | { readonly kind: 'write'; readonly at: number; readonly bytes: Uint8Array }
  | { readonly kind: 'truncate'; readonly length: number };

interface Step {
  readonly change: Change;
  /** `forgotten`: a sync of it failed, after which the kernel takes it for clean and no later sync writes it. */
  state: 'waiting' | 'synced' | 'forgotten';
}

const sectorBytes = 512;

/** A file of the simulated disk: what a process sees, and separately what a power cut may leave of it. */
export class SimulatedFile {
  #seen: Uint8Array;
  #base: Uint8Array;
  #steps: Step[] = [];

  constructor(content: Uint8Array = new Uint8Array()) {
    this.#seen = content;
    this.#base = content;
  }

  /** As the page cache shows it. */
  get bytes(): Uint8Array {
    return this.#seen;
  }

  write(bytes: Uint8Array, at: number): void {
    this.#change({ kind: 'write', at, bytes });
  }

  truncate(length: number): void {
    this.#change({ kind: 'truncate', length });
  }

  #change(change: Change): void {
    this.#seen = apply(this.#seen, change);
    this.#steps.push({ change, state: 'waiting' });
  }

  /** What a sync that begins now will make durable, should it complete (`succeeded`) or fail. */
  beginSync(): { succeeded(): void; failed(): void } {
    const covered = this.#steps.filter(({ state }) => state === 'waiting');
    const settle = (state: 'synced' | 'forgotten'): void => {
      for (const step of covered) if (step.state === 'waiting') step.state = state;
      const certain = this.#steps.findIndex((step) => step.state !== 'synced');
      for (const { change } of this.#steps.splice(0, certain === -1 ? this.#steps.length : certain)) {
        this.#base = apply(this.#base, change);
      }
    };
    return { succeeded: () => settle('synced'), failed: () => settle('forgotten') };
  }

  /** What a power cut leaves: all that was synced, and of the rest whatever the dice say, whole, torn or in sectors. */
  afterPowerCut(random: Random): SimulatedFile {
    let bytes = this.#base;
    for (const { change, state } of this.#steps) {
      if (state === 'synced') bytes = apply(bytes, change);
      else for (const part of leftovers(change, random)) bytes = apply(bytes, part);
    }
    return new SimulatedFile(bytes);
  }
}

function apply(before: Uint8Array, change: Change): Uint8Array {
  if (change.kind === 'truncate') {
    const cut = new Uint8Array(change.length);
    cut.set(before.subarray(0, change.length));
    return cut;
  }
  const after = new Uint8Array(Math.max(before.length, change.at + change.bytes.length));
  after.set(before);
  after.set(change.bytes, change.at);
  return after;
}

function leftovers(change: Change, random: Random): readonly Change[] {
  const dice = random.int(6);
  if (dice === 0) return [change];
  if (dice === 1) return [];
  if (change.kind === 'truncate') return dice < 4 ? [change] : [];
  const { at, bytes } = change;
  // Torn at any byte.
  if (dice === 2) return [{ kind: 'write', at, bytes: bytes.subarray(0, random.int(bytes.length + 1)) }];
  // The new length reached the disk, the bytes did not: zeros, or what another file left in those blocks.
  if (dice === 3) return [{ kind: 'write', at, bytes: new Uint8Array(bytes.length) }];
  if (dice === 4) {
    return [{ kind: 'write', at, bytes: Uint8Array.from({ length: bytes.length }, () => random.int(256)) }];
  }
  // Some sectors, in whatever order: those between stay zero.
  const kept: Change[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = Math.min(bytes.length, start + sectorBytes - ((at + start) % sectorBytes));
    if (random.int(2) === 0) kept.push({ kind: 'write', at: at + start, bytes: bytes.subarray(start, end) });
    start = end;
  }
  return kept;
}
