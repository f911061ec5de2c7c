import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { OnsetMs } from '../changes/place-changes.ts';
import type { KnownChange } from '../changes/read-changes.ts';
import type { Question, TimeRange } from '../question.ts';
import { recordFindings, type RecordFinding } from '../records/record-findings.ts';
import { blameByCalls } from './blame.ts';
import { readCalls, type Call } from './calls.ts';
import { changeReasons, changesAround, relatedTo } from './changes.ts';
import { finePeriod, readFineWindows } from './fine-windows.ts';
import { lookIntoTraces, type Looked } from './choose-traces.ts';
import { readHostTrouble, type HostTrouble } from './host-trouble.ts';
import { feltBy } from './felt.ts';
import { readOperationWindows, countSpansByService, readTotals, type OperationTotals } from './operation-rows.ts';
import { periodsOf, rangeOf, type Periods } from './periods.ts';
import { refusedBySilent } from './refused.ts';
import { withoutShared } from './shared-delays.ts';
import type { SilentService } from './silent.ts';
import { sum } from './sums.ts';
import { suspectsOf, type Suspected } from './suspects.ts';
import { candidatesOf, onsetOf, worseOperations, type Worse } from './symptoms.ts';
import { analysedIn, unusual } from './unusual-records.ts';
import { votesOf, type Vote } from './votes.ts';

/** What a question about a time comes to, whichever way it was asked. */
export interface RangeAsk {
  readonly question: Question;
  readonly range: TimeRange;
  readonly usual?: TimeRange | undefined;
  /** Whose trouble is asked about; all where there are none. Its cause may lie elsewhere. */
  readonly services?: readonly string[] | undefined;
  readonly operation?: string | undefined;
}

/** All that was found about a time, before what shows it is fetched and put into words. */
export interface Investigation {
  readonly ask: RangeAsk;
  readonly periods: Periods;
  readonly totals: readonly OperationTotals[];
  readonly worse: readonly Worse[];
  readonly calls: readonly Call[];
  readonly felt: readonly Worse[];
  readonly votes: readonly Vote[];
  readonly looked: Looked;
  readonly suspects: readonly Suspected[];
  readonly spans: number;
  readonly onset: OnsetMs | null;
  readonly changes: readonly KnownChange[];
  readonly records: readonly RecordFinding[];
  /** Services whose calls took longer all at once, as when a machine stalls. */
  readonly delayedAtOnce: number;
  readonly host: HostTrouble | null;
  readonly silent: readonly SilentService[];
}

/** Finds what is wrong in a time, and who is to blame. */
export const investigate = Effect.fn('investigate')(function* (
  ask: RangeAsk,
): Effect.fn.Return<Investigation, QueryFailed | EngineUnavailable, QueryClient> {
  const periods = periodsOf(ask.range, ask.usual, yield* Clock.currentTimeMillis);
  const calls = yield* readCalls(rangeOf(periods.now), yield* countSpansByService(periods.now));
  const scope = relatedTo(ask.services, calls);
  const totals = yield* readTotals(periods.now, periods.usual, scope);
  const spans = sum(totals, (each) => each.calls);
  const worse = ofAsked(yield* worseIn(periods, totals, ask), ask.services);
  const real = worse.filter(({ deviation }) => deviation.what !== 'traffic');
  const shown = real.length > 0 ? real : worse;
  const felt = feltBy(shown, calls);
  const [blame, looked] = yield* Effect.all(
    [
      blameByCalls(felt, shown, calls, totals, periods),
      lookIntoTraces(real.length > 0 ? felt : [], real, calls, periods),
    ],
    {
      concurrency: 2,
    },
  );
  const { votes, victims } = refusedBySilent(votesOf(looked.bad, looked.usual), looked, blame.silent);
  const isNoVictim = (service: string): boolean => !victims.has(service);
  const onset = onsetOf(shown);
  const services = [...new Set(totals.map(({ service }) => service))];
  const found = spans === 0 ? [] : yield* recordFindings(analysedIn(periods.now, onset), ask.usual ?? null);
  const { findings, delayedAtOnce } = withoutShared(
    found.filter(({ service }) => services.includes(service)),
    services,
  );
  const records = unusual(findings, real.length > 0 ? scope : (ask.services ?? []), real.length > 0);
  const changes = yield* changesAround(rangeOf(periods.now), onset, scope);
  const host = yield* hostIn(periods, services, calls, onset, spans, real);
  const suspects = suspectsOf({
    votes,
    flows: blame.flows.filter(({ name }) => isNoVictim(name)),
    silent: blame.silent,
    // What a victim does otherwise is what it does without an answer.
    records: records.filter(({ service, source }) => source === 'resource' || isNoVictim(service)),
    worse: shown.filter(({ service }) => isNoVictim(service)),
    changes: changeReasons(changes, onset),
    host,
  });
  return {
    ask,
    periods,
    totals,
    worse: shown,
    calls,
    felt,
    votes,
    looked,
    suspects,
    spans,
    onset,
    changes,
    records,
    delayedAtOnce,
    host,
    silent: blame.silent,
  };
});

/** Looked for where something is slow, with what is usual right before. */
function hostIn(
  { now, usual, joined }: Periods,
  services: readonly string[],
  calls: readonly Call[],
  onset: OnsetMs | null,
  spans: number,
  worse: readonly Worse[],
): Effect.Effect<HostTrouble | null, QueryFailed | EngineUnavailable, QueryClient> {
  if (usual === null || onset === null || !worse.some(({ deviation }) => deviation.what === 'duration')) {
    return Effect.succeed(null);
  }
  const { fromMs, toMs } = rangeOf(now);
  const present = { fromMs: Math.max(fromMs, Math.min(onset.at, toMs - 1)), toMs };
  const lengthMs = present.toMs - present.fromMs;
  const before = rangeOf(usual);
  const end = joined ? Math.min(before.toMs, onset.at) : before.toMs;
  return readHostTrouble(
    services,
    calls,
    { fromMs: Math.max(before.fromMs, end - lengthMs), toMs: end },
    present,
    spans,
  );
}

/** The cause of a service's trouble may lie below it; trouble below that it does not have itself is not its own. */
const ofAsked = (worse: readonly Worse[], services: readonly string[] = []): readonly Worse[] =>
  services.length === 0 || worse.some(({ service }) => services.includes(service)) ? worse : [];

const worseIn = Effect.fnUntraced(function* (
  periods: Periods,
  totals: readonly OperationTotals[],
  { operation, services = [] }: RangeAsk,
): Effect.fn.Return<readonly Worse[], QueryFailed | EngineUnavailable, QueryClient> {
  const candidates = candidatesOf(
    operation === undefined
      ? totals
      : totals.filter(
          (each) => each.operation === operation || (services.length > 0 && !services.includes(each.service)),
        ),
    periods,
  );
  const [before, asked] = yield* Effect.all(
    [
      readOperationWindows(candidates, periods.usual, periods.stepSeconds),
      readOperationWindows(candidates, periods.now, periods.stepSeconds),
    ],
    { concurrency: 2 },
  );
  const spans = sum(totals, ({ calls, usualCalls }) => calls + usualCalls);
  const finely = periods.joined ? finePeriod(periods.now, before, spans) : null;
  const fine = finely === null ? [] : yield* readFineWindows(candidates, finely, periods.now.fromSeconds);
  return worseOperations(candidates, before, asked, periods, fine);
});
