import { Effect } from 'effect';
import { isSameChange } from '../../domain/changes/same-change.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { placeChanges, type OnsetMs } from '../changes/place-changes.ts';
import { readChanges, type KnownChange } from '../changes/read-changes.ts';
import type { ChangeFact } from '../explanation.ts';
import type { TimeRange } from '../question.ts';
import type { Call } from '../range/calls.ts';
import { tellChanges } from '../range/changes.ts';
import type { LookedInto } from '../range/looked-into.ts';

/** Changes act so long later that those of an hour before count. */
const beforeMs = 60 * 60_000;
/** Of sides further apart what lies between them is not told. */
const apartMs = 24 * 60 * 60_000;
const mostRead = 20;

/** Changes of services in the times of both sides and, of sides of one day, between them; the newest first. */
export const changesOfSides = Effect.fnUntraced(function* (
  bad: TimeRange,
  good: TimeRange,
  services: readonly string[],
): Effect.fn.Return<readonly KnownChange[], QueryFailed | EngineUnavailable, QueryClient> {
  if (services.length === 0) return [];
  const read = ({ fromMs, toMs }: TimeRange) =>
    readChanges({ fromMs: fromMs - beforeMs, toMs, services, limit: mostRead });
  const both = { fromMs: Math.min(bad.fromMs, good.fromMs), toMs: Math.max(bad.toMs, good.toMs) };
  if (both.toMs - both.fromMs <= apartMs) return yield* read(both);
  const all = (yield* Effect.forEach([bad, good], read)).flat();
  return [...new Map(all.map((change) => [change.id, change])).values()].toSorted(
    (a, b) => b.atMs - a.atMs || (a.id < b.id ? -1 : 1),
  );
});

/** Other changes than the one, in its environment or in none. */
export const besides = (changes: readonly KnownChange[], own: KnownChange | undefined): readonly KnownChange[] =>
  own === undefined
    ? changes
    : changes.filter(
        (one) =>
          !isSameChange(one, own) &&
          (one.environment === '' || own.environment === '' || one.environment === own.environment),
      );

/**
 * Set in time beside the onset, the newest first. The change that is asked about is always told; it needs no suspect, since
 * the sides differ by it.
 * @param suspect the service that the answer names
 */
export function tellChangesOfSides(
  others: readonly KnownChange[],
  own: KnownChange | undefined,
  onset: OnsetMs | null,
  suspect: string | null,
  looked: readonly LookedInto[],
): readonly ChangeFact[] {
  const asked = own === undefined ? [] : placeChanges([own], onset, [own.service]);
  return [...asked, ...tellChanges(others, onset, suspect, callsIn(looked))].toSorted(
    (a, b) => (a.at < b.at ? 1 : a.at > b.at ? -1 : 0) || (a.id < b.id ? -1 : 1),
  );
}

/** Who calls whom in the traces that were looked into. */
const callsIn = (looked: readonly LookedInto[]): readonly Call[] => {
  const calls = new Map<string, Call>();
  for (const { context } of looked) {
    for (const { service: callee, parent } of context.tree.spans) {
      if (parent === null || parent.service === callee) continue;
      const key = `${parent.service}\u0000${callee}`;
      calls.set(key, { caller: parent.service, callee, calls: (calls.get(key)?.calls ?? 0) + 1 });
    }
  }
  return [...calls.values()];
};
