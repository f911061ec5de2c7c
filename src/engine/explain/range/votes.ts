import type { Candidate } from '../candidate.ts';
import { scoreOf } from '../rank.ts';
import { unspecific } from '../shapes/all-shapes.ts';
import { isError } from '../span.ts';
import { durationOf } from '../tree-span.ts';
import { failureMs } from './felt.ts';
import { sum } from './sums.ts';
import type { LookedInto } from './looked-into.ts';

/** A shape of one service, as the traces show it that were looked into. */
export interface Vote {
  readonly shape: Candidate['id'];
  readonly service: string;
  /** The one of the trace that shows it best, and that trace. */
  readonly candidate: Candidate;
  readonly shownBy: LookedInto;
  /** Mean score over the bad traces, 0 to 1, less that over the usual ones: what is always so is no cause. */
  readonly score: number;
  /** Bad traces that show it, of so many. */
  readonly traces: number;
  readonly of: number;
}

/**
 * Findings of many traces together, the strongest first. A trace counts once for each shape of a service, the more the
 * longer it took beyond its usual.
 */
export function votesOf(bad: readonly LookedInto[], usual: readonly LookedInto[]): readonly Vote[] {
  const usually = new Map([...byCause(usual)].map(([cause, all]) => [cause, meanOf(all, usual)]));
  return [...byCause(bad)]
    .map(([cause, all]): Vote => {
      const best = all.reduce((a, b) => (scoreOf(b.candidate) > scoreOf(a.candidate) ? b : a));
      return {
        shape: best.candidate.id,
        service: best.candidate.culprit.service,
        candidate: best.candidate,
        shownBy: best.from,
        score: Math.max(0, meanOf(all, bad) - (usually.get(cause) ?? 0)),
        traces: all.length,
        of: bad.length,
      };
    })
    .sort(
      (a, b) =>
        tellingOf(b) - tellingOf(a) || b.score - a.score || (causeOf(a.candidate) < causeOf(b.candidate) ? -1 : 1),
    );
}

/** One that says why is the better answer when it is half as strong. */
const tellingOf = ({ shape, score }: Vote): number => (unspecific.has(shape) ? score / 2 : score);

interface Shown {
  readonly candidate: Candidate;
  readonly from: LookedInto;
}

const causeOf = ({ id, culprit }: Candidate): string => `${id}\u0000${culprit.service}\u0000${culprit.version ?? ''}`;

function byCause(traces: readonly LookedInto[]): ReadonlyMap<string, readonly Shown[]> {
  const causes = new Map<string, Shown[]>();
  for (const from of traces) {
    const best = new Map<string, Candidate>();
    for (const candidate of from.candidates) {
      const known = best.get(causeOf(candidate));
      if (known === undefined || scoreOf(candidate) > scoreOf(known)) best.set(causeOf(candidate), candidate);
    }
    for (const [cause, candidate] of best) {
      const all = causes.get(cause) ?? [];
      all.push({ candidate, from });
      causes.set(cause, all);
    }
  }
  return causes;
}

const meanOf = (all: readonly Shown[], traces: readonly LookedInto[]): number =>
  sum(all, ({ candidate, from }) => scoreOf(candidate) * weightOf(from)) / Math.max(1e-9, sum(traces, weightOf));

/** The root of the milliseconds beyond the usual: a trace ten times as bad is not ten times as telling. */
function weightOf({ context }: LookedInto): number {
  const { root } = context.tree;
  if (isError(root)) return Math.sqrt(failureMs);
  const usualMs = context.history.of(root)?.p50Ms ?? 0;
  return Math.sqrt(Math.max(1, durationOf(root) / 1e6 - usualMs));
}
