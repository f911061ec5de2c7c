import type { Anomaly } from '../../domain/anomaly.ts';

/** A window worked out once more, for what came late, may move a start by so much. */
const sameStartMs = 120_000;

/**
 * What the store has of the time before a restart. Windows after the last saved state are scored once more, on rows that
 * may have been corrected meanwhile: the same anomaly is to have the id that people and hooks know it by.
 */
export class KnownAnomalies {
  readonly #stored: readonly Anomaly[];
  readonly #known = new Map<string, Anomaly | null>();

  constructor(stored: readonly Anomaly[]) {
    this.#stored = stored;
  }

  /** The anomaly under the id of the stored one that it is, or as it is. */
  adopt(anomaly: Anomaly): Anomaly {
    if (this.#stored.length === 0) return anomaly;
    let known = this.#known.get(anomaly.id);
    if (known === undefined) {
      const taken = new Set([...this.#known.values()].map((each) => each?.id));
      const alike = this.#stored.filter(
        ({ id, service, startMs, endMs }) =>
          (id === anomaly.id || !taken.has(id)) &&
          service === anomaly.service &&
          (id === anomaly.id ||
            Math.abs(startMs - anomaly.startMs) <= sameStartMs ||
            (startMs <= anomaly.startMs && (endMs ?? Infinity) > anomaly.startMs)),
      );
      known = alike.toSorted((a, b) => distance(a, anomaly) - distance(b, anomaly))[0] ?? null;
      this.#known.set(anomaly.id, known);
    }
    if (known === null) return anomaly;
    return { ...anomaly, id: known.id, startMs: Math.min(known.startMs, anomaly.startMs), foundMs: known.foundMs };
  }

  /** Those that the store has as open and that nobody went on with: they ended unseen. */
  orphans(openIds: ReadonlySet<string>, seenUntilMs: number): readonly Anomaly[] {
    return this.#stored
      .filter(({ id, endMs }) => endMs === null && !openIds.has(id))
      .map((anomaly) => ({
        ...anomaly,
        endMs: Math.max(anomaly.peakMs, Math.min(anomaly.startMs, seenUntilMs)) + 10_000,
      }));
  }
}

const distance = (a: Anomaly, b: Anomaly): number => (a.id === b.id ? -1 : Math.abs(a.startMs - b.startMs));
