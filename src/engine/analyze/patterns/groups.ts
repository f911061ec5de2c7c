/** What is known of a group of lines besides its template. */
export interface Group {
  /** The group that this one was merged into, or its own number. */
  parent: number;
  /** Lines, those of merged groups included. */
  count: number;
  /** Hash of the first template. A merged group keeps the id of the older of both. */
  readonly id: string;
  /** The first line. */
  readonly example: string;
}

export interface Groups {
  readonly create: (id: string, example: string) => number;
  /** The group that `group` is part of by now. */
  readonly rootOf: (group: number) => number;
  /** Makes two groups one; the older one, which has the smaller number, stays. */
  readonly merge: (one: number, other: number) => void;
  readonly get: (group: number) => Group;
  readonly all: readonly Group[];
}

/** Groups that only ever merge: a disjoint-set forest, paths halved on the way. */
export function createGroups(known: readonly Group[] = []): Groups {
  const all: Group[] = known.map((group) => ({ ...group }));
  const get = (group: number): Group => all[group] as Group;

  const rootOf = (group: number): number => {
    let at = group;
    for (;;) {
      const own = get(at);
      if (own.parent === at) return at;
      own.parent = get(own.parent).parent;
      at = own.parent;
    }
  };

  return {
    create: (id, example) => all.push({ parent: all.length, count: 0, id, example }) - 1,
    rootOf,
    merge: (one, other) => {
      const [older, newer] = [rootOf(one), rootOf(other)].toSorted((a, b) => a - b) as [number, number];
      if (older === newer) return;
      get(newer).parent = older;
      get(older).count += get(newer).count;
    },
    get,
    all,
  };
}
