import type { Excess } from '../metrics/excess.ts';
import type { Downstream } from './call-graph.ts';

/** A row's excess of a callee may lie above its callers' by this many of their deviations. */
const slack = 1;

/**
 * Shares of each entity's excess that its callers can have carried on to the target: a callee's failures or waits that
 * came in rows in which its callers showed none did not reach them.
 */
export function carriedShares(
  target: number,
  downstream: Downstream,
  excessOf: (entity: number) => Excess | undefined,
): Map<number, number> {
  const carried = new Map<number, Float64Array | null>();
  const shares = new Map<number, number>();
  for (const entity of downstream.order) {
    const excess = excessOf(entity);
    carried.set(entity, excess?.rows ?? null);
    shares.set(entity, 1);
    if (excess === undefined || entity === target) continue;
    const callers = (downstream.callers.get(entity) ?? []).map((caller) => ({
      carries: carried.get(caller) ?? null,
      deviations: excessOf(caller)?.rowDeviations,
    }));
    let cut = 0;
    const rows = excess.rows.map((own, row) => {
      let room = 0;
      for (const { carries, deviations } of callers) {
        const above = carries?.[row] ?? Number.NaN;
        if (Number.isNaN(above)) return own;
        room += Math.max(0, above) + slack * deviations![row]!;
      }
      if (!(own > room)) return own;
      cut += own - room;
      return room;
    });
    carried.set(entity, rows);
    if (cut > 0) shares.set(entity, Math.max(0, 1 - cut / Math.max(excess.excess, 1e-12)));
  }
  return shares;
}
