import type { Anomaly } from '../../domain/anomaly.ts';
import type { FeatureRow } from '../../domain/feature-row.ts';
import { isSilence } from '../incidents/silence.ts';

/** Senders pause, and send all of it then: so long after it was found it is looked at what the windows hold by now. */
const holdMs = 30_000;
/** Whether rows as they are now bear out that the carriers fell: in most windows since the start. */
export function isBorneOut({ carriers, startMs }: Anomaly, rows: readonly FeatureRow[]): boolean {
  const told = carriers.flatMap(({ kind, subject, feature, usualLow }) => {
    const own = rows.filter((row) => row.kind === kind && row.subject === subject && row.timeMs >= startMs);
    return own.map(({ values }) => (values[feature] ?? 0) < usualLow);
  });
  return told.length === 0 || told.filter(Boolean).length * 2 > told.length;
}

/** Anomalies of nothing but silence are kept back for a while; those that end in it were telemetry on its way. */
export class HeldSilence {
  readonly #held = new Map<string, { readonly sinceMs: number; anomaly: Anomaly }>();
  readonly #dismissed = new Set<string>();
  readonly #told = new Set<string>();

  /**
   * @param untilMs end of the window that they come from
   * @returns what is to be told at once, and what has waited long enough to be looked at
   */
  take(
    anomalies: readonly Anomaly[],
    untilMs: number,
  ): { readonly atOnce: readonly Anomaly[]; readonly due: readonly Anomaly[] } {
    const atOnce = anomalies.filter((anomaly) => this.#passes(anomaly, untilMs));
    const due = [...this.#held.values()].filter(({ sinceMs }) => untilMs - sinceMs >= holdMs);
    return { atOnce, due: due.map(({ anomaly }) => anomaly) };
  }

  /** After the look: it is told from now on, or never. */
  settle({ id }: Anomaly, isTrue: boolean): void {
    this.#held.delete(id);
    if (isTrue) this.#told.add(id);
    else this.#dismissed.add(id);
  }

  #passes(anomaly: Anomaly, untilMs: number): boolean {
    const { id, endMs } = anomaly;
    const silent = isSilence(anomaly);
    if (endMs !== null) {
      const wasTold = !this.#held.delete(id) && !this.#dismissed.delete(id);
      this.#told.delete(id);
      return wasTold;
    }
    if (this.#told.has(id)) return true;
    if (this.#dismissed.has(id)) {
      if (silent) return false;
      this.#dismissed.delete(id);
    }
    if (!silent) {
      this.#held.delete(id);
      this.#told.add(id);
      return true;
    }
    this.#held.set(id, { sinceMs: this.#held.get(id)?.sinceMs ?? untilMs, anomaly });
    return false;
  }
}
