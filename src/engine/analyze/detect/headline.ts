import type { AnomalyCarrier } from '../../domain/anomaly.ts';
import { sameSeries } from './identity.ts';
import { rankOfCarrier } from './rank.ts';

/** A fault that joins has to carry at least this part of what the strongest does. */
const joins = 0.5;
export const mostCarriers = 8;

/**
 * Carriers of a new peak, behind what the anomaly was opened with: a later fault beside it does not take its name. Only what
 * says something of a higher rank does (calls that fail, where a queue grew before).
 *
 * @param fresh of the new peak, the most telling first
 */
export function keepHeadline(kept: AnomalyCarrier, fresh: readonly AnomalyCarrier[]): readonly AnomalyCarrier[] {
  const least = joins * Math.max(0, ...fresh.map(({ share }) => share));
  const above = fresh.find((carrier) => carrier.share >= least && rankOfCarrier(carrier) > rankOfCarrier(kept));
  if (above !== undefined) return [above, ...fresh.filter((carrier) => carrier !== above)];
  const same = fresh.find((carrier) => sameSeries(carrier, kept));
  if (same !== undefined) {
    const head = isWorse(same, kept) ? same : { ...kept, share: same.share };
    return [head, ...fresh.filter((carrier) => carrier !== same)];
  }
  // Of another window: its part then, and the others share the rest.
  const rest = 1 - kept.share;
  return [
    kept,
    ...fresh
      .slice(0, mostCarriers - 1)
      .map((carrier) => ({ ...carrier, share: Math.floor(1000 * rest * carrier.share) / 1000 })),
  ];
}

/** Further from its usual, on the same side. */
function isWorse(now: AnomalyCarrier, before: AnomalyCarrier): boolean {
  const off = now.value - now.usual;
  const was = before.value - before.usual;
  return Math.sign(off) === Math.sign(was) && Math.abs(off) >= Math.abs(was);
}
