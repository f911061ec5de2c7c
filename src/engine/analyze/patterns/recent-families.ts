/** Families that are remembered in each of two generations. */
const mostFamilies = 50_000;
/** Members of a family that are remembered: more than any rule asks for. */
const mostMembers = 32;

export interface RecentFamilies {
  /** Adds a member and returns all of the family, none if it is the first. */
  readonly join: (key: number, member: number) => readonly number[];
}

/** A family, or its only member. */
type Members = number | number[];

const none: readonly number[] = [];

/**
 * Members of families by key, for families of which there are too many to remember all: the older half is forgotten when
 * the newer one is full, which takes away what has not grown for long.
 */
export function createRecentFamilies(): RecentFamilies {
  let newer = new Map<number, Members>();
  let older = new Map<number, Members>();

  const join = (key: number, member: number): readonly number[] => {
    const known = newer.get(key) ?? older.get(key);
    if (known === undefined) {
      set(key, member);
      return none;
    }
    const members = typeof known === 'number' ? [known] : known;
    if (members.length < mostMembers) members.push(member);
    set(key, members);
    return members;
  };

  const set = (key: number, members: Members): void => {
    if (newer.size >= mostFamilies) {
      older = newer;
      newer = new Map();
    }
    newer.set(key, members);
  };

  return { join };
}
