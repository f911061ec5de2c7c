import { editDistance } from '../domain/edit-distance.ts';

const mostShown = 5;

/**
 * The ids most like `asked`: sharing the longest beginning, or a few edits away (a mistyped or cut id). For a short
 * `asked` only as many digits of each id count.
 */
export function nearestIds(asked: string, ids: readonly string[]): readonly string[] {
  const most = Math.max(1, Math.floor(asked.length / 6));
  const leastShared = Math.max(3, Math.ceil(asked.length / 4));
  return ids
    .map((id) => ({
      id,
      shared: sharedStart(asked, id),
      edits: isEndOf(asked, id) ? 0 : editsToStart(asked, id, most + 1),
    }))
    .filter(({ shared, edits }) => edits <= most || shared >= leastShared)
    .sort((a, b) => a.edits - b.edits || b.shared - a.shared || (a.id < b.id ? -1 : 1))
    .slice(0, mostShown)
    .map(({ id }) => id);
}

const leastOfEnd = 8;

/** Tools that know 64-bit ids alone keep the lower half of a trace id. */
const isEndOf = (asked: string, id: string): boolean => asked.length >= leastOfEnd && id.endsWith(asked);

/** To the beginning of `id` that is nearest: a digit too few or too many shifts its length. */
const editsToStart = (asked: string, id: string, cap: number): number =>
  Math.min(...[-1, 0, 1].map((more) => editDistance(asked, id.slice(0, asked.length + more), cap)));

function sharedStart(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at;
}
