import { editDistance } from '../domain/edit-distance.ts';

/** Names a few edits away from what was typed, or that hold it, or the other way round; the nearest first. */
export function nearNames(asked: string, names: readonly string[], most = 3): readonly string[] {
  const mostEdits = Math.max(2, Math.ceil(asked.length / 4));
  const wanted = asked.toLowerCase();
  return [...new Set(names)]
    .map((name) => ({ name, edits: editsTo(wanted, name.toLowerCase(), mostEdits + 1) }))
    .filter(({ edits }) => edits <= mostEdits)
    .toSorted((a, b) => a.edits - b.edits || (a.name < b.name ? -1 : 1))
    .slice(0, most)
    .map(({ name }) => name);
}

const editsTo = (asked: string, name: string, cap: number): number =>
  asked.length > 2 && name.length > 2 && (name.includes(asked) || asked.includes(name))
    ? 1
    : editDistance(asked, name, cap);
