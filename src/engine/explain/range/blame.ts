import { Effect } from 'effect';
import type { RankedEntity } from '../../cause/result.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { downstreamOf, type Call } from './calls.ts';
import { failureMs } from './felt.ts';
import { followFlow, mostFollowed, readServiceWindows } from './flow.ts';
import type { OperationTotals } from './operation-rows.ts';
import type { Periods } from './periods.ts';
import { silentServices, type SilentService } from './silent.ts';
import type { Worse } from './symptoms.ts';

/** What the calls between services say of who is to blame. */
export interface Blame {
  readonly flows: readonly RankedEntity[];
  readonly silent: readonly SilentService[];
}

const mostFlows = 3;

/**
 * The services whose windows are read: what the alarmed ones depend on, and whom those call that are worse, for these may
 * have fallen silent. Of more than can be read those that waste most time beyond the usual.
 */
function followedFrom(
  alarmed: readonly string[],
  worse: readonly Worse[],
  calls: readonly Call[],
  totals: readonly OperationTotals[],
): readonly string[] {
  const suffering = new Set(worse.map(({ service }) => service));
  const all = new Set([
    ...downstreamOf(alarmed, calls),
    ...calls.filter(({ caller }) => suffering.has(caller)).map(({ callee }) => callee),
  ]);
  if (all.size <= mostFollowed) return [...all];
  const wasted = new Map<string, number>();
  for (const each of totals) {
    const { service, calls: count, errors, meanMs, usualCalls, usualErrors, usualMeanMs } = each;
    const slower = usualCalls === 0 ? 0 : count * (meanMs - usualMeanMs);
    const failures = errors - count * (usualErrors / Math.max(1, usualCalls));
    const ms = Math.max(0, slower) + Math.max(0, failures) * failureMs;
    wasted.set(service, (wasted.get(service) ?? 0) + ms);
  }
  const of = (service: string): number => (alarmed.includes(service) ? Infinity : (wasted.get(service) ?? 0));
  return [...all].toSorted((a, b) => of(b) - of(a) || (a < b ? -1 : 1)).slice(0, mostFollowed);
}

/** Follows the calls down from those who feel it. @param felt the worst symptom of each of them */
export const blameByCalls = Effect.fnUntraced(function* (
  felt: readonly Worse[],
  worse: readonly Worse[],
  calls: readonly Call[],
  totals: readonly OperationTotals[],
  periods: Periods,
): Effect.fn.Return<Blame, QueryFailed | EngineUnavailable, QueryClient> {
  const { now, usual } = periods;
  const alarms = felt.filter(({ deviation }) => deviation.what !== 'traffic').slice(0, mostFlows);
  if (alarms.length === 0 || calls.length === 0) return { flows: [], silent: [] };
  const services = followedFrom(
    alarms.map(({ service }) => service),
    worse,
    calls,
    totals,
  );
  const [before, during] = yield* Effect.all(
    [readServiceWindows(services, usual, periods.stepSeconds), readServiceWindows(services, now, periods.stepSeconds)],
    {
      concurrency: 2,
    },
  );
  const flows = alarms.flatMap(({ service, deviation }) =>
    followFlow({
      alarmed: service,
      kind: deviation.what === 'errors' ? 'errors' : 'latency',
      atMs: Math.max(now.fromSeconds, deviation.fromSeconds) * 1000,
      calls,
      usual: before,
      now: during,
      usualPeriod: usual,
      nowPeriod: now,
      stepSeconds: periods.stepSeconds,
    }),
  );
  return { flows, silent: silentServices(services, before, during, periods, calls, worse) };
});
