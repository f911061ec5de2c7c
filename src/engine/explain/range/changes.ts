import { Effect } from 'effect';
import { whatChanged } from '../../domain/changes/change.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import {
  changeEvidence,
  changeFactOf,
  placeChange,
  type OnsetTime,
  type PlacedChange,
} from '../changes/place-changes.ts';
import { readChanges } from '../changes/read-changes.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { ChangeFact } from '../explanation.ts';
import { durationText } from '../format.ts';
import type { TimeRange } from '../question.ts';
import { downstreamOf, type Call } from './calls.ts';
import type { Reason } from './suspects.ts';

type Failure = QueryFailed | EngineUnavailable;

/** Changes are looked for so long before the time that was asked about. */
const beforeMs = 60 * 60_000;
const mostTold = 8;
/** A change in time speaks for a suspect that something else speaks for; it is never the whole reason. */
const mostOfChange = 2.5;

/** Services whose changes may have to do with it: those that were asked about, and all that they depend on. */
export const relatedTo = (services: readonly string[] | undefined, calls: readonly Call[]): readonly string[] =>
  services === undefined || services.length === 0 ? [] : [...downstreamOf(services, calls)].toSorted();

/** Set in time beside the onset, the newest first. */
export const changesAround = Effect.fnUntraced(function* (
  { fromMs, toMs }: TimeRange,
  onset: OnsetTime | null,
  services: readonly string[],
): Effect.fn.Return<readonly PlacedChange[], Failure, QueryClient> {
  const from = Math.min(fromMs, onset?.fromMs ?? fromMs) - beforeMs;
  const changes = yield* readChanges({ fromMs: from, toMs }, services);
  return changes.map((change) => placeChange(change, onset));
});

/** What the likeliest change of each service adds to its suspicion. */
export function changeReasons(changes: readonly PlacedChange[], onset: OnsetTime | null): ReadonlyMap<string, Reason> {
  const reasons = new Map<string, Reason>();
  for (const { change, weight } of changes) {
    const score = Math.min(mostOfChange, weight);
    if (onset === null || score <= (reasons.get(change.service)?.score ?? 0)) continue;
    const gap = durationText(Math.max(0, onset.atMs - change.atMs));
    reasons.set(change.service, {
      source: 'change',
      score,
      why: `${printable(whatChanged(change))} ${gap} before it began`,
    });
  }
  return reasons;
}

export const tellChanges = Effect.fnUntraced(function* (
  changes: readonly PlacedChange[],
  onset: OnsetTime | null,
  blamed: string | null,
): Effect.fn.Return<readonly ChangeFact[], Failure, QueryClient> {
  return yield* Effect.forEach(
    changes.slice(0, mostTold),
    (placed) =>
      Effect.map(Effect.forEach(changeEvidence(placed.change), fetchEvidence), (evidence) => ({
        ...changeFactOf(placed, onset, blamed),
        // What nobody has written down yet is shown by its spans alone.
        evidence: evidence.filter(({ rows }) => rows.length > 0),
      })),
    { concurrency: 2 },
  );
});
