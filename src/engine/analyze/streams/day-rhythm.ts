import { longSpan, Novelty } from './novelty.ts';
import { Ring } from './ring.ts';

const dayMs = 86_400_000;
const slotMs = 1_800_000;
const slotsOfDay = dayMs / slotMs;
/** How many days back the same half hour is looked at. */
const days = 14;
/** One more for the neighbouring half hour before the oldest one. */
const slotCount = days * slotsOfDay + 2;
/** Fewer means than this are no rhythm. */
const fewestMeans = 6;

/** What a snapshot holds of it; slots that no value fell into are left out. */
export interface DayRhythmSnapshot {
  readonly firstMs: number | null;
  /** [half hour since 1970, sum of its values, their number] */
  readonly slots: readonly (readonly [number, number, number])[];
  readonly residuals: readonly number[];
}

/**
 * How new the distance of a value from the usual of its time of day is. Usual: the median of the means of the same
 * half hour and its two neighbours over the last fourteen days.
 */
export class DayRhythm {
  #firstMs: number | null = null;
  readonly #slots = new Float64Array(slotCount).fill(Number.NaN);
  readonly #sums = new Float64Array(slotCount);
  readonly #counts = new Float64Array(slotCount);
  /** They cannot be computed again: the slots go on. */
  readonly #residuals = new Ring(longSpan);
  readonly #novelty = new Novelty('record');
  /** The usual is computed once a slot. */
  #usualSlot = Number.NaN;
  #usual: number | undefined;

  /** @param unixMs finite */
  noveltyOf(unixMs: number, value: number): number {
    this.#firstMs ??= unixMs;
    const slot = Math.floor(unixMs / slotMs);
    if (slot !== this.#usualSlot) {
      this.#usual = this.#usualOf(slot);
      this.#usualSlot = slot;
    }
    const known = this.#usual !== undefined && unixMs - this.#firstMs > dayMs;
    const novelty = known ? this.#noveltyOfResidual(value - this.#usual!) : 0;
    this.#learn(slot, value);
    return novelty;
  }

  snapshot(): DayRhythmSnapshot {
    const slots = Array.from(this.#slots, (slot, place) => [slot, this.#sums[place]!, this.#counts[place]!] as const);
    return {
      firstMs: this.#firstMs,
      slots: slots.filter(([slot]) => !Number.isNaN(slot)),
      residuals: this.#residuals.values(),
    };
  }

  restore(snapshot: DayRhythmSnapshot): void {
    this.#firstMs = snapshot.firstMs;
    for (const [slot, sum, count] of snapshot.slots) {
      const place = placeOf(slot);
      this.#slots[place] = slot;
      this.#sums[place] = sum;
      this.#counts[place] = count;
    }
    for (const residual of snapshot.residuals) {
      this.#novelty.learn(residual, this.#residualBefore);
      this.#residuals.push(residual);
    }
  }

  readonly #residualBefore = (ago: number): number => this.#residuals.back(ago - 1);

  #noveltyOfResidual(residual: number): number {
    const novelty = this.#novelty.of(residual, this.#residualBefore);
    this.#residuals.push(residual);
    return novelty;
  }

  #usualOf(slot: number): number | undefined {
    const means: number[] = [];
    for (let day = 1; day <= days; day++) {
      for (let beside = -1; beside <= 1; beside++) {
        const then = slot - day * slotsOfDay + beside;
        const place = placeOf(then);
        if (this.#slots[place] === then) means.push(this.#sums[place]! / this.#counts[place]!);
      }
    }
    if (means.length < fewestMeans) return undefined;
    return means.sort((a, b) => a - b)[means.length >> 1];
  }

  #learn(slot: number, value: number): void {
    const place = placeOf(slot);
    if (this.#slots[place] !== slot) {
      this.#slots[place] = slot;
      this.#sums[place] = 0;
      this.#counts[place] = 0;
    }
    this.#sums[place]! += value;
    this.#counts[place]!++;
  }
}

const placeOf = (slot: number): number => ((slot % slotCount) + slotCount) % slotCount;
