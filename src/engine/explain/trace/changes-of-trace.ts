import type { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { silentPeers } from '../arriving.ts';
import { placeChanges, type Calls, type OnsetMs } from '../changes/place-changes.ts';
import { readChanges, type KnownChange } from '../changes/read-changes.ts';
import { calleeOf, type TraceContext } from '../context.ts';
import type { ChangeFact, Culprit } from '../explanation.ts';
import { peerOf } from '../span.ts';
import { endOf } from '../times.ts';
import { servicesOf, type TraceTree } from '../trace-tree.ts';

/** Changes are looked for so long before the onset. */
const beforeMs = 60 * 60_000;
/** Each has its evidence fetched. */
const mostTold = 8;
/** The onset is the start of a window of 10 s; the trouble may have begun anywhere in it, or in the one before. */
const windowMs = 10_000;

/** When the trouble began: with the trace itself where no rise was seen before it, and never after the trace. */
export function onsetOfTrace(context: Pick<TraceContext, 'data' | 'tree' | 'onset'>): OnsetMs {
  const startMs = Number(context.data.originNs / 1_000_000n);
  const endMs = Math.ceil(Number(endOf(context)) / 1e6);
  if (context.onset === null) return { at: startMs, from: startMs, to: endMs };
  const atMs = Math.min(context.onset.time * 1000, startMs);
  return { at: atMs, from: atMs - windowMs, to: Math.min(atMs + windowMs, endMs) };
}

/**
 * What was changed of the trace's services, and of those that they call by name, up to the end of the trace. In spans
 * deployments are looked for only where the context has seen several versions of a service within a day.
 */
export function changesOfTrace(
  context: TraceContext,
): Effect.Effect<readonly KnownChange[], QueryFailed | EngineUnavailable, QueryClient> {
  const { from } = onsetOfTrace(context);
  return readChanges({
    fromMs: from - beforeMs,
    toMs: Math.ceil(Number(endOf(context)) / 1e6),
    services: [...new Set([...servicesOf(context.tree), ...silentPeers(context.tree)])].toSorted(),
    limit: mostTold,
    ...(context.severalVersions === undefined ? {} : { deployed: context.severalVersions }),
  });
}

/** Where no rise was seen, calls have fared as usual since a change that is longer ago than this. */
const mostUnseenMs = 2 * 60_000;

/**
 * Beside the onset. Blamed is only what was changed of the service that the verdict names, and before the onset: in a
 * trace each service shows whether it was at fault itself. Without a rise the change must lie right before the trace, or
 * be the version that is named. Pure.
 * @param suspects services of the answer's suspects
 */
export function tellChangesOfTrace(
  changes: readonly KnownChange[],
  context: Pick<TraceContext, 'data' | 'tree' | 'onset'>,
  suspects: readonly string[],
  culprit: Culprit | null,
): readonly ChangeFact[] {
  const onset = onsetOfTrace(context);
  const mayBe = ({ service, atMs, toVersion }: KnownChange): boolean =>
    service === culprit?.service &&
    (context.onset !== null || onset.at - atMs <= mostUnseenMs || toVersion === culprit.version);
  const blamable = new Set(changes.filter(mayBe).map(({ id }) => id));
  return placeChanges(changes, onset, suspects, callsOf(context.tree)).map((fact) => ({
    ...fact,
    blamed: fact.blamed && blamable.has(fact.id),
  }));
}

/** Who calls whom in the trace, those without spans of their own as their callers name them. */
function callsOf(tree: TraceTree): Calls {
  const calls = new Map<string, Set<string>>();
  for (const span of tree.spans) {
    if (span.kind !== 'Client' && span.kind !== 'Producer') continue;
    const callee = calleeOf(span)?.service ?? peerOf(span);
    if (callee === undefined || callee === span.service) continue;
    const own = calls.get(span.service) ?? new Set();
    calls.set(span.service, own.add(callee));
  }
  return calls;
}
