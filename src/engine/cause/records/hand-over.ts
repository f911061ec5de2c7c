import { measure, type Delay, type GapBaselines } from './delays.ts';
import { crossingValues } from './gap-baseline.ts';
import type { Credit } from './structure.ts';
import { endOf, type TreeSpan } from './trace-spans.ts';
import type { Unanswered } from './unanswered.ts';

/** Excess of a gap from which on a call counts as delayed. */
const delayedMs = 25;
const leastDelayScore = 5;

/** A deviating run, and the instance that is to blame for it. */
export interface Debit extends Credit {
  readonly instance: string;
  readonly service: string;
  readonly host: string;
  readonly score: number;
  /** The call that was delayed, where the blame went to its callee. */
  readonly through: TreeSpan | null;
}

/**
 * A run that differs after a delayed or unanswered call of its own differs because of the callee, where that is likelier
 * to be delayed than the caller.
 */
export function handOver(
  credit: Credit,
  delays: ReadonlyMap<string, Delay>,
  baselines: GapBaselines,
  unanswered: readonly Unanswered[],
): Debit {
  const { entry, spans } = credit.invocation;
  const own = delays.get(entry.instance)?.score ?? 0;
  let best:
    | {
        readonly callee: Pick<Debit, 'instance' | 'service' | 'host'>;
        readonly through: TreeSpan;
        readonly score: number;
      }
    | undefined;
  const consider = (callee: Pick<Debit, 'instance' | 'service' | 'host'>, through: TreeSpan): void => {
    const score = delays.get(callee.instance)?.score ?? 0;
    if (score >= leastDelayScore && score > own && score > (best?.score ?? 0)) best = { callee, through, score };
  };
  for (const span of spans) {
    const lost = unanswered.find((one) => one.span === span);
    if (lost !== undefined) consider({ instance: lost.callee, service: lost.calleeService, host: '' }, span);
    const [callee, ...others] = span.children;
    if (callee === undefined || others.length > 0 || callee.instance === span.instance) continue;
    const gaps = crossingValues(
      span.service,
      callee.service,
      callee.name,
      callee.startMs - span.startMs,
      endOf(span) - endOf(callee),
    );
    if (gaps.some((gap) => (measure(gap, baselines)?.excessMs ?? 0) > delayedMs)) consider(callee, span);
  }
  const { instance, service, host } = best?.callee ?? entry;
  return { ...credit, instance, service, host, score: credit.surprise * credit.share, through: best?.through ?? null };
}
