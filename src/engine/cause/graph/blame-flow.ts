import type { Downstream } from './call-graph.ts';

/** How much of the target's trouble passes through an entity, and how much of that is its own. Both 0 to 1. */
export interface Blame {
  readonly through: number;
  readonly own: number;
}

/** What an entity has in excess. */
export interface Carried {
  /** 0 or more. */
  readonly excess: number;
  /** Standard deviation of the excess as a sample: other requests would have had more of it, or less. */
  readonly spread: number;
  /** How much is known of it, 0 to 1. */
  readonly known: number;
}

/**
 * Divides the target's trouble among what it depends on. Callers are victims of callees: what a callee has in excess,
 * its callers have because of it. An excess with several callers is divided among them by theirs. Of what callees leave
 * a caller keeps what is no chance; of callees that explain as much the one of which more is known takes more.
 * @param carried by each entity of `downstream`; the target's excess is lifted to its largest callee's
 */
export function blameFlow(
  target: number,
  downstream: Downstream,
  carried: (entity: number) => Carried,
): Map<number, Blame> {
  const calleesOf = (entity: number): readonly number[] => downstream.callees.get(entity) ?? [];
  const all = new Map(downstream.order.map((entity) => [entity, carried(entity)]));
  const ownOf = (entity: number): Carried => all.get(entity) ?? nothing;
  const lifted = calleesOf(target).reduce((most, callee) => Math.max(most, ownOf(callee).excess), 0);
  const excessOf = (entity: number): number =>
    entity === target ? Math.max(lifted, ownOf(entity).excess) : ownOf(entity).excess;
  const through = new Map<number, number>([[target, 1]]);
  const blame = new Map<number, Blame>();
  for (const entity of downstream.order) {
    const reached = through.get(entity) ?? 0;
    const flows = calleesOf(entity).map((callee) => {
      const callers = downstream.callers.get(callee) ?? [];
      const ofCallers = callers.reduce((sum, caller) => sum + excessOf(caller), 0);
      const part = ofCallers > 0 ? excessOf(entity) / ofCallers : 1 / callers.length;
      const { spread, known } = ownOf(callee);
      return { callee, flow: excessOf(callee) * part, variance: (spread * part) ** 2, known };
    });
    const passed = flows.reduce((sum, { flow }) => sum + flow, 0);
    const variance = flows.reduce((sum, each) => sum + each.variance, ownOf(entity).spread ** 2);
    const kept = beyondChance(excessOf(entity) - passed, passed > 0 ? variance : 0);
    const whole = Math.max(kept + passed, 1e-12);
    const known = flows.reduce((sum, each) => sum + each.flow * each.known, 0);
    for (const each of flows) {
      const share = known > 0 ? (each.flow * each.known) / known : 0;
      through.set(each.callee, (through.get(each.callee) ?? 0) + (reached * passed * share) / whole);
    }
    blame.set(entity, { through: reached, own: flows.length === 0 ? 1 : kept / whole });
  }
  return blame;
}

const nothing: Carried = { excess: 0, spread: 0, known: 1 };

/** All of a difference far beyond its standard deviation, none far below. */
const beyondChance = (difference: number, variance: number): number =>
  difference > 0 ? difference ** 3 / (difference ** 2 + variance) : 0;
