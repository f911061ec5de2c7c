import type { Link } from './input.ts';

export interface SharedHost {
  readonly host: number;
  readonly residents: readonly number[];
  readonly deviating: readonly number[];
  /** Share of its residents that deviate less the share of all others that do: 0 to 1. */
  readonly coincidence: number;
}

/** One deviating resident is that resident's own matter. */
const leastDeviating = 2;

/** Hosts whose residents suffer together while others do not. */
export function sharedHosts(placements: readonly Link[], deviates: (entity: number) => boolean): SharedHost[] {
  const residents = new Map<number, Set<number>>();
  for (const [entity, host] of placements) {
    if (entity !== host) residents.set(host, (residents.get(host) ?? new Set()).add(entity));
  }
  const placed = new Set(placements.map(([entity]) => entity));
  const deviatingInAll = [...placed].filter(deviates).length;
  return [...residents].flatMap(([host, here]) => {
    const deviating = [...here].filter(deviates);
    const others = placed.size - here.size;
    const elsewhere = others === 0 ? 0 : (deviatingInAll - deviating.length) / others;
    const coincidence = deviating.length / here.size - elsewhere;
    return deviating.length >= leastDeviating && coincidence > 0
      ? [{ host, residents: [...here], deviating, coincidence }]
      : [];
  });
}
