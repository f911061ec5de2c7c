import { holeText } from './characters.ts';
import { shapeOf } from './frames.ts';
import { createGroups, type Groups } from './groups.ts';
import { keyOfMasked } from './hashes.ts';
import { createScanner, textOf } from './scanner.ts';
import { createSiblings, type Siblings } from './siblings.ts';
import { isSnapshot, snapshotVersion, type MinerSnapshot } from './snapshot.ts';
import { common, idOf, readable } from './template-text.ts';

/** Lines that one statement of a program wrote, as far as the lines show it. */
export interface Pattern {
  /**
   * 16 hexadecimal digits: the hash of the template as it was first seen. It stays when the template becomes more
   * general, when patterns merge (the older one's stays), and over `snapshot` and `restore`.
   */
  readonly id: string;
  /** `<*>` for a parameter. */
  readonly template: string;
  /** Lines. */
  readonly count: number;
  /** The first line, up to `exampleCharacters`. */
  readonly example: string;
}

export interface Miner {
  /**
   * Takes the next line and returns its group as it is now; `groupOf` says later what became of it. Any text is fine.
   * @param lines how many lines like it there were: it stands for all of them
   */
  readonly add: (line: string, lines?: number) => number;
  /** The group that a group is part of by now: groups merge and never split. */
  readonly groupOf: (group: number) => number;
  /** Id of the pattern that a group is part of by now. */
  readonly idOf: (group: number) => string;
  /** One for each group, the oldest first. */
  readonly patterns: () => readonly Pattern[];
  /** The same by group. */
  readonly patternsByGroup: () => ReadonlyMap<number, Pattern>;
  /** Goes up whenever a pattern may have come, changed or merged. */
  readonly learned: () => number;
  readonly snapshot: () => MinerSnapshot;
  /** Takes over a snapshot, and forgets all else. False, and nothing changed, if it is none of this version. */
  readonly restore: (snapshot: unknown) => boolean;
}

export interface MinerOptions {
  /** Lines that are like no known template once there are so many share one last pattern, `<*>`. */
  readonly maxTemplates?: number;
  /** Masked lines whose group is remembered; lines with a new name each would fill any memory. */
  readonly maxMasks?: number;
}

const defaultTemplates = 10_000;
/** Characters of all templates: as good a reason to learn no more as their number. */
const mostCharacters = 8 * 1024 * 1024;
const defaultMasks = 65_536;
const exampleCharacters = 1000;

/**
 * Finds the patterns of a stream of log lines in one pass. A line is masked (`scanner.ts`), and what was masked before
 * has its group at once; only a new one is compared with its siblings (`siblings.ts`), which may show that words are
 * parameters and groups are one. The same lines in the same order give the same result.
 */
export function createMiner({ maxTemplates = defaultTemplates, maxMasks = defaultMasks }: MinerOptions = {}): Miner {
  const scanner = createScanner();
  const groupByMask = new Map<number, number>();
  let groups = createGroups();
  let siblings = siblingsOver(groups);
  let characters = 0;

  function siblingsOver(over: Groups): Siblings {
    return createSiblings(over.merge, (group) => over.get(over.rootOf(group)).count, 2 * maxTemplates);
  }

  const groupOfNew = (length: number, line: string): number => {
    let shape = siblings.generalise(textOf(scanner.masked, length).split(' '));
    const known = siblings.find(shape);
    if (known >= 0) return known;
    if (siblings.templates.length >= maxTemplates || characters > mostCharacters) {
      shape = shapeOf([holeText]);
      const rest = siblings.find(shape);
      if (rest >= 0) return rest;
    }
    const text = shape.tokens.join(' ');
    const group = groups.create(idOf(text), copyOf(line.slice(0, exampleCharacters)));
    siblings.add(shape, group);
    characters += text.length;
    return group;
  };

  const add = (line: string, lines = 1): number => {
    const length = scanner.scan(line);
    const key = keyOfMasked(scanner.masked, length);
    let group = groupByMask.get(key);
    if (group === undefined) {
      group = groupOfNew(length, line);
      if (groupByMask.size >= maxMasks) groupByMask.clear();
      groupByMask.set(key, group);
    }
    const root = groups.rootOf(group);
    groups.get(root).count += lines;
    return root;
  };

  const patternsByGroup = (): ReadonlyMap<number, Pattern> => {
    const widest = new Map<number, readonly string[]>();
    for (const { tokens, group } of siblings.templates) {
      const root = groups.rootOf(group);
      const others = widest.get(root);
      widest.set(root, others === undefined ? tokens : common(others, tokens));
    }
    const patterns = [...widest]
      .toSorted(([one], [other]) => one - other)
      .map(([root, tokens]): [number, Pattern] => {
        const { id, count, example } = groups.get(root);
        return [root, { id, template: readable(tokens), count, example }];
      });
    return new Map(patterns);
  };

  const snapshot = (): MinerSnapshot => ({
    version: snapshotVersion,
    groups: groups.all.map((group) => ({ ...group })),
    siblings: siblings.state(),
  });

  const restore = (state: unknown): boolean => {
    if (!isSnapshot(state)) return false;
    groupByMask.clear();
    groups = createGroups(state.groups);
    siblings = siblingsOver(groups);
    siblings.restore(state.siblings);
    characters = state.siblings.templates.reduce((sum, { tokens }) => sum + tokens.join(' ').length, 0);
    return true;
  };

  return {
    add,
    groupOf: (group) => groups.rootOf(group),
    idOf: (group) => groups.get(groups.rootOf(group)).id,
    patterns: () => [...patternsByGroup().values()],
    patternsByGroup,
    learned: () => siblings.templates.length,
    snapshot,
    restore,
  };
}

/** A string of its own: a slice would keep the whole line, or the whole file that the line was cut from, in memory. */
function copyOf(text: string): string {
  return Buffer.from(text, 'utf16le').toString('utf16le');
}
