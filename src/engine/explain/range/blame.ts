import { Effect } from 'effect';
import type { RankedEntity } from '../../cause/result.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Call } from './calls.ts';
import { followFlow, readServiceWindows } from './flow.ts';
import type { Periods } from './periods.ts';
import { silentServices, type SilentService } from './silent.ts';
import type { Worse } from './symptoms.ts';

/** What the calls between services say of who is to blame. */
export interface Blame {
  readonly flows: readonly RankedEntity[];
  readonly silent: readonly SilentService[];
}

const mostFlows = 3;

/** Follows the calls down from those who feel it. @param felt the worst symptom of each of them */
export const blameByCalls = Effect.fnUntraced(function* (
  felt: readonly Worse[],
  worse: readonly Worse[],
  calls: readonly Call[],
  periods: Periods,
): Effect.fn.Return<Blame, QueryFailed | EngineUnavailable, QueryClient> {
  const { now, usual } = periods;
  const alarms = felt.filter(({ deviation }) => deviation.what !== 'traffic').slice(0, mostFlows);
  if (alarms.length === 0 || calls.length === 0) return { flows: [], silent: [] };
  const services = [...new Set(calls.flatMap(({ caller, callee }) => [caller, callee]))];
  const [before, during] = yield* Effect.all([readServiceWindows(services, usual), readServiceWindows(services, now)], {
    concurrency: 2,
  });
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
    }),
  );
  return { flows, silent: silentServices(services, before, during, periods, calls, worse) };
});
