import type { Downstream } from './call-graph.ts';

/** How much of the target's trouble passes through an entity, and how much of that is its own. Both 0 to 1. */
export interface Blame {
  readonly through: number;
  readonly own: number;
}

/**
 * Divides the target's trouble among what it depends on. Callers are victims of callees: what a callee has in excess,
 * its callers have because of it. An excess with several callers is divided among them by theirs.
 * @param excess of each entity of `downstream`, 0 or more; that of the target is lifted to its largest callee's
 */
export function blameFlow(
  target: number,
  downstream: Downstream,
  excess: (entity: number) => number,
): Map<number, Blame> {
  const lifted = (downstream.callees.get(target) ?? []).reduce(
    (most, callee) => Math.max(most, excess(callee)),
    excess(target),
  );
  const of = (entity: number): number => (entity === target ? lifted : excess(entity));
  const through = new Map<number, number>([[target, 1]]);
  const blame = new Map<number, Blame>();
  for (const entity of downstream.order) {
    const reached = through.get(entity) ?? 0;
    const flows = (downstream.callees.get(entity) ?? []).map((callee) => {
      const callers = downstream.callers.get(callee) ?? [];
      const all = callers.reduce((sum, caller) => sum + of(caller), 0);
      return { callee, flow: of(callee) * (all > 0 ? of(entity) / all : 1 / callers.length) };
    });
    const passed = flows.reduce((sum, { flow }) => sum + flow, 0);
    const whole = Math.max(of(entity), passed, 1e-12);
    for (const { callee, flow } of flows) {
      through.set(callee, (through.get(callee) ?? 0) + (reached * flow) / whole);
    }
    blame.set(entity, { through: reached, own: flows.length === 0 ? 1 : Math.max(0, of(entity) - passed) / whole });
  }
  return blame;
}
