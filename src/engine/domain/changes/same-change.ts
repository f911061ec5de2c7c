import { type Change, rolloutAttribute } from './change.ts';

/** A pipeline tells of a deployment when it starts or when it is done; spans of the version come somewhere around it. */
const toldWithinMs = 30 * 60_000;
/** Late spans move what is seen in telemetry by seconds. */
const seenWithinMs = 2 * 60_000;

/** Whether two rows tell of one deployment: of one version of one service, near in time. */
export function isSameChange(a: Change, b: Change): boolean {
  if (a.id === b.id) return true;
  if (a.kind !== 'deployment' || b.kind !== 'deployment' || a.service !== b.service) return false;
  if (a.environment !== b.environment && a.environment !== '' && b.environment !== '') return false;
  if (plain(a.toVersion) === '' || plain(a.toVersion) !== plain(b.toVersion)) return false;
  const seen = [a, b].filter(({ source }) => source === 'telemetry').length;
  // Two that were told are two: who tells of one twice gives it an id.
  if (seen === 0) return false;
  return Math.abs(a.atMs - b.atMs) <= (seen === 2 ? seenWithinMs : toldWithinMs);
}

/**
 * Changes with what was both told and seen as one: the id, note and link of who told, the earlier of the times, and
 * attributes of both. Newest first.
 */
export function mergeChanges<C extends Change>(changes: readonly C[], join: (kept: C, other: C) => C): readonly C[] {
  const merged: C[] = [];
  // Who told comes first, so that what was seen goes into it; of two that were seen the earlier.
  const ordered = changes.toSorted(
    (a, b) => Number(a.source === 'telemetry') - Number(b.source === 'telemetry') || a.atMs - b.atMs || order(a, b),
  );
  for (const change of ordered) {
    const at = nearest(merged, change);
    const kept = merged[at];
    if (kept === undefined) merged.push(change);
    else merged[at] = join(kept, change);
  }
  return merged.toSorted((a, b) => b.atMs - a.atMs || order(a, b));
}

/** What both rows say. */
export const joinedChange = (kept: Change, other: Change): Change => ({
  ...kept,
  atMs: Math.min(kept.atMs, other.atMs),
  environment: kept.environment || other.environment,
  fromVersion: kept.fromVersion || other.fromVersion,
  attributes: { ...other.attributes, ...kept.attributes, ...newerRollout(kept, other) },
});

/** A rollout that was too early to tell is told by the other. */
function newerRollout(kept: Change, other: Change): Readonly<Record<string, string>> {
  const [own, others] = [kept.attributes[rolloutAttribute], other.attributes[rolloutAttribute]];
  return own === 'rolling' && others !== undefined ? { [rolloutAttribute]: others } : {};
}

function nearest(merged: readonly Change[], change: Change): number {
  let best = -1;
  let bestMs = Infinity;
  for (const [at, kept] of merged.entries()) {
    const gapMs = Math.abs(kept.atMs - change.atMs);
    if (gapMs < bestMs && isSameChange(kept, change)) [best, bestMs] = [at, gapMs];
  }
  return best;
}

const plain = (version: string): string => version.replace(/^v(?=\d)/, '');
const order = (a: Change, b: Change): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
