import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { TimeRange } from '../question.ts';
import { downstreamOf, type Call } from './calls.ts';
import { badTracesSql, findTraces, lookInto, tracesEach, usualTracesSql, type LookedInto } from './looked-into.ts';
import { rangeOf, type Periods } from './periods.ts';
import type { Worse } from './symptoms.ts';

type Loading<A> = Effect.Effect<A, QueryFailed | EngineUnavailable, QueryClient>;

export interface Looked {
  readonly bad: readonly LookedInto[];
  readonly usual: readonly LookedInto[];
}

/** Traces of what customers feel, and of what is worst in other services, each beside usual ones of the same operation. */
export const lookIntoTraces = Effect.fnUntraced(function* (
  felt: readonly Worse[],
  worse: readonly Worse[],
  calls: readonly Call[],
  { now, usual }: Periods,
): Effect.fn.Return<Looked, QueryFailed | EngineUnavailable, QueryClient> {
  const chosen = chosenOf(felt, worse, calls);
  const each = tracesEach(chosen.length);
  const ids = (statements: readonly string[], most: number): Loading<readonly string[]> =>
    Effect.forEach(statements, findTraces, { concurrency: 3 }).pipe(
      Effect.map((found) => [...new Set(found.flat())].slice(0, most)),
    );
  const range = rangeOf(now);
  const [badIds, usualIds] = yield* Effect.all(
    [
      ids(
        chosen.map((worst) => badTracesSql(worst, range, each)),
        limits.explain.badTraces,
      ),
      usual === null
        ? Effect.succeed([])
        : ids(
            chosen.slice(0, limits.explain.usualTraces).map((one) => usualTracesSql(one, before(one, usual), 1)),
            limits.explain.usualTraces,
          ),
    ],
    { concurrency: 2 },
  );
  return yield* lookInto(badIds, usualIds);
});

const before = (
  { deviation }: Worse,
  { fromSeconds, toSeconds }: { fromSeconds: number; toSeconds: number },
): TimeRange => ({
  fromMs: fromSeconds * 1000,
  toMs: (fromSeconds < deviation.fromSeconds ? Math.min(toSeconds, deviation.fromSeconds) : toSeconds) * 1000,
});

const mostChosen = 4;

/** What customers feel most, and where trouble may come from: services that call no other one in trouble; then the rest. */
function chosenOf(felt: readonly Worse[], worse: readonly Worse[], calls: readonly Call[]): readonly Worse[] {
  const byService = [...Map.groupBy(worse, ({ service }) => service)].map(([service, own]) => ({ service, own }));
  const inTrouble = new Set(byService.map(({ service }) => service));
  const isOrigin = (service: string): boolean =>
    [...downstreamOf([service], calls)].every((callee) => callee === service || !inTrouble.has(callee));
  const firstOf = (of: typeof byService): readonly Worse[] => of.flatMap(({ own }) => own.slice(0, 1));
  const all = [
    ...felt.slice(0, 1),
    ...firstOf(byService.filter(({ service }) => isOrigin(service))),
    ...felt.slice(1, 2),
    ...firstOf(byService),
  ];
  return [...new Set(all)].slice(0, mostChosen);
}
