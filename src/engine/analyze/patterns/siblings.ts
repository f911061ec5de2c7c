import { isOpenPair, isOpenSet, isUsualWithRare, leastSharedByPairs } from './evidence.ts';
import { opened, pairFramesOf, shapeOf, type Frame, type PairFrame, type Shape } from './frames.ts';
import { createTemplateIndex, isMoreGeneral } from './generality.ts';
import { createRecentFamilies } from './recent-families.ts';
import { isHole } from './slots.ts';

/** Templates that are equal but for one slot. */
interface Family {
  /** Numbers of templates, in the order in which they came; each has another word in the slot. */
  readonly members: number[];
  /** Whether the slot has turned out to be a parameter. */
  open: boolean;
}

export interface Template {
  readonly tokens: readonly string[];
  readonly group: number;
}

export interface Siblings {
  /** The tokens with a hole in each slot that is known to be a parameter. */
  readonly generalise: (tokens: readonly string[]) => Shape;
  /** The group of exactly this shape, or -1. */
  readonly find: (shape: Shape) => number;
  /** Adds a template that `find` does not know, and merges groups where it is the evidence that was missing. */
  readonly add: (shape: Shape, group: number) => void;
  /** All templates, in the order in which they came. */
  readonly templates: readonly Template[];
  readonly state: () => SiblingsState;
  /** Takes over a state, before anything else was added. */
  readonly restore: (state: SiblingsState) => void;
}

/** Plain JSON. What pairs of slots had in common is left out: it is only ever recent. */
export interface SiblingsState {
  readonly templates: readonly Template[];
  /** Keys of the frames whose slot is a parameter. */
  readonly open: readonly number[];
}

/** Members of a family that are remembered: more than any rule asks for. */
const mostMembers = 16;

/**
 * Which words are parameters, by comparing templates of equal length. All the work is on templates that were never seen
 * before, of which there are few.
 * @param merge called with two groups that turned out to be one
 * @param linesOf lines of a group so far
 * @param mostTemplates how many may be added, those that follow from others included; beyond, nothing is learned
 */
export function createSiblings(
  merge: (one: number, other: number) => void,
  linesOf: (group: number) => number,
  mostTemplates: number,
): Siblings {
  const templates: Template[] = [];
  const index = createTemplateIndex();
  const byTokens = new Map<number, number>();
  /** A family, or the number of its only member so far. */
  const families = new Map<number, number | Family>();
  const pairFamilies = createRecentFamilies();

  const tokensOf = (template: number): readonly string[] => (templates[template] as Template).tokens;
  const groupOf = (template: number): number => (templates[template] as Template).group;

  const find = ({ key }: Shape): number => {
    const known = byTokens.get(key);
    return known === undefined ? -1 : groupOf(known);
  };

  const generalise = (tokens: readonly string[]): Shape => {
    let shape = shapeOf(tokens);
    for (;;) {
      const frame = shape.frames.find(({ position, slot, key }) => {
        const family = families.get(key);
        return typeof family === 'object' && family.open && !isHole(shape.tokens[position] as string, slot);
      });
      if (frame === undefined) return shape;
      shape = shapeOf(opened(shape.tokens, frame));
    }
  };

  const remember = ({ tokens, key }: Shape, group: number): number => {
    const own = templates.push({ tokens, group }) - 1;
    byTokens.set(key, own);
    index.add(own, tokens);
    return own;
  };

  const add = (shape: Shape, group: number): void => {
    const { tokens, frames } = shape;
    if (frames.length > 0) {
      for (const other of index.candidates(tokens)) {
        const others = tokensOf(other);
        if (isMoreGeneral(tokens, others) || isMoreGeneral(others, tokens)) merge(group, groupOf(other));
      }
    }
    const own = remember(shape, group);
    let isNews = true;
    for (const frame of frames) if (joinFamily(own, frame)) isNews = false;
    if (!isNews) return;
    for (const pair of pairFramesOf(shape, leastSharedByPairs)) if (joinPair(own, pair)) return;
  };

  /** The group of `template` also is that of the same line with holes in these frames. */
  const widen = (template: number, ...frames: readonly Frame[]): void => {
    const shape = shapeOf(opened(tokensOf(template), ...frames));
    const known = find(shape);
    if (known >= 0) merge(known, groupOf(template));
    else if (templates.length < mostTemplates) add(shape, groupOf(template));
  };

  /** The family of a frame with this template in it, or null if it is the first. */
  const enter = (own: number, { key }: Frame): Family | null => {
    const known = families.get(key);
    if (known === undefined) {
      families.set(key, own);
      return null;
    }
    const family = typeof known === 'object' ? known : { members: [known], open: false };
    if (typeof known !== 'object') families.set(key, family);
    if (!family.open && family.members.length < mostMembers) family.members.push(own);
    return family;
  };

  /** Whether the family's slot is a parameter. */
  const joinFamily = (own: number, frame: Frame): boolean => {
    const family = enter(own, frame);
    if (family === null) return false;
    if (family.open) {
      widen(own, frame);
      return true;
    }
    const { members } = family;
    const isParameter =
      isOpenSet(members.length, frame.sharedWords) ||
      isUsualWithRare(
        members.map((member) => linesOf(groupOf(member))),
        frame.sharedWords,
      );
    if (!isParameter) return false;
    family.open = true;
    for (const member of members) widen(member, frame);
    return true;
  };

  /** Whether both slots are parameters. */
  const joinPair = (own: number, { first, second, key, sharedWords }: PairFrame): boolean => {
    const members = pairFamilies.join(key, own);
    const distinct = ({ position }: Frame): number => new Set(members.map((member) => tokensOf(member)[position])).size;
    if (!isOpenPair(members.length, () => [distinct(first), distinct(second)], sharedWords)) return false;
    widen(own, first, second);
    return true;
  };

  const state = (): SiblingsState => ({
    templates: [...templates],
    open: [...families].flatMap(([key, family]) => (typeof family === 'object' && family.open ? [key] : [])),
  });

  const restore = (from: SiblingsState): void => {
    for (const { tokens, group } of from.templates) {
      const shape = shapeOf(tokens);
      const own = remember(shape, group);
      for (const frame of shape.frames) enter(own, frame);
    }
    for (const key of from.open) {
      const known = families.get(key);
      families.set(key, { members: typeof known === 'object' ? known.members : [], open: true });
    }
  };

  return { generalise, find, add, templates, state, restore };
}
