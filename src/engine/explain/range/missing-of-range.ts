import { limits } from '../../domain/limits.ts';
import type { Missing, TraceExplanation } from '../explanation.ts';
import { countText } from '../format.ts';
import { aheadRange, aheadText, type Ahead } from '../load/load-ahead.ts';
import { missingWhen, nameServices } from '../missing.ts';
import type { Call } from './calls.ts';
import type { OperationTotals } from './operation-rows.ts';
import type { Periods } from './periods.ts';
import { sum } from './sums.ts';
import type { Worse } from './symptoms.ts';

/** What the answer about a time could not see, or had to assume. */
export function missingOfRange(known: {
  readonly totals: readonly OperationTotals[];
  readonly calls: readonly Call[];
  readonly periods: Periods;
  readonly worse: readonly Worse[];
  readonly trace: TraceExplanation | null;
  readonly spans: number;
  /** Services with spans of the future. */
  readonly ahead: readonly Ahead[];
  readonly delayedAtOnce: number;
}): readonly Missing[] {
  const { totals, calls, worse, trace, spans, ahead, delayedAtOnce } = known;
  const unnamed = sum(
    totals.filter(({ service }) => service === ''),
    ({ calls: count }) => count,
  );
  const usual = sum(totals, ({ usualCalls }) => usualCalls);
  return [
    ...missingWhen(spans === 0, 'No span was received in that time.', 'Check `obs status`, or ask about another time'),
    ...missingWhen(
      ahead.length > 0,
      `Spans of the future are not part of that time: ${aheadText(ahead)}.`,
      ahead.length === 0 ? null : `Synchronise the clocks (NTP); for now: obs explain ${aheadRange(ahead)}`,
    ),
    ...missingWhen(
      spans > 0 && usual === 0,
      'There is no history before that time: only failures can be told from what is usual.',
      'Name a time that was fine with --usual FROM/TO, or ask again later',
    ),
    ...missingWhen(
      spans > 0 && totals.every(({ meanMs }) => meanMs === 0),
      'No span of that time has a duration: only failures and how often things ran can be told.',
      'End spans after they have begun, with a clock finer than the work',
    ),
    ...missingWhen(
      delayedAtOnce > 0,
      `Calls of ${countText(delayedAtOnce, 'service')} took longer all at once, as when a machine or a network stalls: what they share was taken for nobody's fault.`,
      'Look at the CPU and the network of the hosts (obs query, host metrics)',
    ),
    ...missingWhen(
      unnamed > 0,
      `${countText(unnamed, 'span')} ${unnamed === 1 ? 'names' : 'name'} no service: all such count as one, and it cannot be blamed.`,
      nameServices,
    ),
    ...missingWhen(
      totals.length >= limits.explain.rangeOperations,
      `More than ${countText(limits.explain.rangeOperations, 'operation')} ran: those that took least time are left out.`,
      'Ask about some services with --service',
    ),
    ...missingWhen(
      spans > limits.explain.edgeSpans,
      `Calls between services were read from a sample of about ${countText(limits.explain.edgeSpans, 'span')}.`,
      null,
    ),
    ...missingWhen(
      worse.length > 0 && calls.length === 0,
      'No span names one of another service as its parent: who calls whom is unknown.',
      'Propagate `traceparent` between the services',
    ),
    ...(trace?.missing ?? []),
  ];
}
