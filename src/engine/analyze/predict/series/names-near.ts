import { editDistance } from '../../../domain/edit-distance.ts';

/** Names further apart than this were not meant. */
const mostEdits = 4;

/** Names that whoever typed `name` may have meant, the nearest first. */
export function namesNear(name: string, names: readonly string[]): readonly string[] {
  return names
    .map((other) => ({ other, edits: nearness(other, name) }))
    .filter(({ edits }) => edits < mostEdits)
    .toSorted((a, b) => a.edits - b.edits || a.other.localeCompare(b.other))
    .map(({ other }) => other);
}

function nearness(known: string, typed: string): number {
  return known.includes(typed) || typed.includes(known) ? 1 : editDistance(known, typed, mostEdits);
}
