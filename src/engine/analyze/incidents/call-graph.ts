/** A call of one service to another, as `obs_features` has them (kind `edge`). */
export interface Call {
  readonly caller: string;
  readonly callee: string;
}

/** Who calls whom. Services that no call is known of are not in it. */
export interface CallGraph {
  has(service: string): boolean;
  /** Those within two calls in any direction, by how many; itself with 0. */
  near(service: string): ReadonlyMap<string, number>;
  /** All that it calls, directly or through others; itself only where calls go in a circle. */
  below(service: string): ReadonlySet<string>;
}

/** What so many services call or are called by (a gateway, a cache) says nothing of two of them: no way leads through it. */
const hubNeighbours = 20;

export function callGraph(calls: readonly Call[]): CallGraph {
  const callees = new Map<string, Set<string>>();
  const neighbours = new Map<string, Set<string>>();
  for (const { caller, callee } of calls) {
    if (caller === '' || callee === '') continue;
    added(callees, caller).add(callee);
    added(neighbours, caller);
    added(neighbours, callee);
    if (caller === callee) continue;
    added(neighbours, caller).add(callee);
    added(neighbours, callee).add(caller);
  }

  const nearOf = (service: string): ReadonlyMap<string, number> => {
    const hops = new Map([[service, 0]]);
    const direct = neighbours.get(service) ?? new Set<string>();
    for (const next of direct) hops.set(next, 1);
    for (const between of direct) {
      const further = neighbours.get(between) ?? new Set<string>();
      if (further.size > hubNeighbours) continue;
      for (const next of further) if (!hops.has(next)) hops.set(next, 2);
    }
    return hops;
  };

  const belowOf = (service: string): ReadonlySet<string> => {
    const reached = new Set<string>();
    const open = [service];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      for (const callee of callees.get(next) ?? []) {
        if (reached.has(callee)) continue;
        reached.add(callee);
        open.push(callee);
      }
    }
    return reached;
  };

  return { has: (service) => neighbours.has(service), near: remembered(nearOf), below: remembered(belowOf) };
}

function added(sets: Map<string, Set<string>>, key: string): Set<string> {
  const set = sets.get(key) ?? new Set();
  sets.set(key, set);
  return set;
}

function remembered<T>(find: (service: string) => T): (service: string) => T {
  const known = new Map<string, T>();
  return (service) => {
    const found = known.get(service) ?? find(service);
    known.set(service, found);
    return found;
  };
}
