import { printable } from '../../domain/printable.ts';
import { calleeOf } from '../context.ts';
import { quoted } from '../format.ts';
import { peerOf } from '../span.ts';
import type { Looked } from './choose-traces.ts';
import type { SilentService } from './silent.ts';
import type { Vote } from './votes.ts';

/** Failures that are those of calls to a service that answers nothing any more. */
export interface Refused {
  /** The findings of those calls are about the silent service. */
  readonly votes: readonly Vote[];
  /** Who calls it, and fails for that. */
  readonly victims: ReadonlySet<string>;
}

/**
 * Who calls a silent service in vain is its victim. That it does call must be seen: a service that fails before it gets
 * to call silences what it would have called.
 */
export function refusedBySilent(votes: readonly Vote[], looked: Looked, silent: readonly SilentService[]): Refused {
  const victims = new Set<string>();
  const own = votes.map((vote): Vote => {
    const { culprit } = vote.candidate;
    const to = silent.find(
      ({ service, failing }) => failing.includes(culprit.service) && isCallTo(service, vote, looked),
    );
    if (to === undefined) return vote;
    victims.add(culprit.service);
    const { service } = to;
    return {
      ...vote,
      service,
      candidate: {
        ...vote.candidate,
        title: `${printable(service)} does not answer: ${printable(culprit.service)} ${quoted(culprit.operation)} fails`,
        culprit: { service, operation: '', spanId: culprit.spanId },
      },
    };
  });
  return { votes: own, victims };
}

/** The span that a finding is about has no callee in its trace, names the service as its peer, or is else answered by it. */
function isCallTo(service: string, { candidate: { culprit }, shownBy }: Vote, { usual }: Looked): boolean {
  const span = shownBy.context.tree.spans.find(({ spanId }) => spanId === culprit.spanId);
  if (span === undefined || span.kind !== 'Client' || calleeOf(span) !== undefined) return false;
  if (peerOf(span) === service) return true;
  return usual.some(({ context }) =>
    context.tree.spans.some(
      (other) =>
        other.kind === 'Client' &&
        other.service === span.service &&
        other.operation === span.operation &&
        calleeOf(other)?.service === service,
    ),
  );
}
