import type { Link } from '../input.ts';

/** Callees and callers of each entity, without repeated links and links to itself, in the input's order. */
export interface CallGraph {
  readonly callees: readonly (readonly number[])[];
  readonly callers: readonly (readonly number[])[];
}

export function callGraph(entities: number, links: readonly Link[]): CallGraph {
  const callees: Set<number>[] = Array.from({ length: entities }, () => new Set());
  const callers: Set<number>[] = Array.from({ length: entities }, () => new Set());
  for (const [from, to] of links) {
    if (from === to) continue;
    callees[from]!.add(to);
    callers[to]!.add(from);
  }
  return { callees: callees.map((each) => [...each]), callers: callers.map((each) => [...each]) };
}

/** What can be reached from `start` along calls, callers before callees where there is no cycle, and without back links. */
export interface Downstream {
  readonly order: readonly number[];
  /** Callees and callers among `order`, without the links that would close a cycle. */
  readonly callees: ReadonlyMap<number, readonly number[]>;
  readonly callers: ReadonlyMap<number, readonly number[]>;
}

/** Depth first with a stack of its own: graphs may be deep. @param takes entities that are left out are not walked into */
export function downstreamOf({ callees }: CallGraph, start: number, takes: (entity: number) => boolean): Downstream {
  const state = new Map<number, 'open' | 'done'>();
  const kept = new Map<number, number[]>();
  const postorder: number[] = [];
  const stack: { readonly entity: number; next: number }[] = [];
  const open = (entity: number): void => {
    state.set(entity, 'open');
    kept.set(entity, []);
    stack.push({ entity, next: 0 });
  };
  open(start);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const callee = callees[top.entity]![top.next++];
    if (callee === undefined) {
      state.set(top.entity, 'done');
      postorder.push(top.entity);
      stack.pop();
    } else if (takes(callee) && state.get(callee) !== 'open') {
      kept.get(top.entity)!.push(callee);
      if (!state.has(callee)) open(callee);
    }
  }
  const callers = new Map<number, number[]>(postorder.map((entity) => [entity, []]));
  for (const [caller, own] of kept) for (const callee of own) callers.get(callee)!.push(caller);
  return { order: postorder.toReversed(), callees: kept, callers };
}
