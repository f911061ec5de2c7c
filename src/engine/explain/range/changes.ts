import type { Effect } from 'effect';
import { whatChanged } from '../../domain/changes/change.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { placeChanges, weightOf, type OnsetMs } from '../changes/place-changes.ts';
import { readChanges, type KnownChange } from '../changes/read-changes.ts';
import type { ChangeFact } from '../explanation.ts';
import { durationText } from '../format.ts';
import type { TimeRange } from '../question.ts';
import { downstreamOf, type Call } from './calls.ts';
import type { Reason } from './suspects.ts';

/** Changes are looked for so long before the time that was asked about. */
const beforeMs = 60 * 60_000;
const mostTold = 8;
/** Notes that came later must not hide the deployment that did it. */
const mostRead = 50;
/** A change in time speaks for a suspect that something else speaks for; it is never the whole reason. */
const mostOfChange = 2.5;

/** Services whose changes may have to do with it: those that were asked about, and all that they depend on. */
export const relatedTo = (services: readonly string[] | undefined, calls: readonly Call[]): readonly string[] =>
  services === undefined || services.length === 0 ? [] : [...downstreamOf(services, calls)].toSorted();

/** The newest first, from an hour before. */
export const changesAround = (
  { fromMs, toMs }: TimeRange,
  onset: OnsetMs | null,
  services: readonly string[],
): Effect.Effect<readonly KnownChange[], QueryFailed | EngineUnavailable, QueryClient> =>
  readChanges({ fromMs: Math.min(fromMs, onset?.from ?? fromMs) - beforeMs, toMs, services, limit: mostRead });

/** What the likeliest change of each service adds to its suspicion. */
export function changeReasons(changes: readonly KnownChange[], onset: OnsetMs | null): ReadonlyMap<string, Reason> {
  const reasons = new Map<string, Reason>();
  for (const change of changes) {
    const score = Math.min(mostOfChange, weightOf(change, onset, 0));
    if (onset === null || change.kind === 'note' || !(score > (reasons.get(change.service)?.score ?? 0))) continue;
    const gapMs = onset.at - change.atMs;
    const when = gapMs > 0 ? `${durationText(gapMs)} before it began` : 'as it began';
    reasons.set(change.service, {
      source: 'change',
      score,
      why: `${printable(whatChanged(change))} ${when}`,
      evidence: change.evidence,
    });
  }
  return reasons;
}

/** @param blamed the service that the answer names */
export function tellChanges(
  changes: readonly KnownChange[],
  onset: OnsetMs | null,
  blamed: string | null,
  calls: readonly Call[],
): readonly ChangeFact[] {
  const callees = new Map(
    [...Map.groupBy(calls, ({ caller }) => caller)].map(([caller, own]) => [
      caller,
      new Set(own.map(({ callee }) => callee)),
    ]),
  );
  return placeChanges(changes, onset, blamed === null ? [] : [blamed], callees).slice(0, mostTold);
}
