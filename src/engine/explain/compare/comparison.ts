import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { lookInto, type LookedInto } from '../range/looked-into.ts';
import { votesOf, type Vote } from '../range/votes.ts';
import { alike, typicalOf } from './chosen-traces.ts';
import { differencesOf, type Difference, type TraceProfile } from './profile.ts';
import { readProfiles } from './read-profiles.ts';
import type { SideTraces } from './sides.ts';

/** A side, and those of its traces that are compared. */
export interface ComparedSide {
  readonly side: SideTraces;
  readonly profiles: readonly TraceProfile[];
}

/** All that two sets of traces differ in, before what shows it is fetched and put into words. */
export interface Comparison {
  readonly bad: ComparedSide;
  readonly good: ComparedSide;
  /** Whether the sides have root operations in common. */
  readonly shared: boolean;
  /** The largest first. */
  readonly differences: readonly Difference[];
  /** Typical traces of the first side. */
  readonly looked: readonly LookedInto[];
  /** What shapes see in them and not in those of the second side. */
  readonly votes: readonly Vote[];
}

const leastVote = 0.05;

/** What the traces of the first side do that those of the second do not. */
export const compareSides = Effect.fnUntraced(function* (
  bad: SideTraces,
  good: SideTraces,
): Effect.fn.Return<Comparison, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  for (const side of [bad, good]) {
    if (side.traceIds.length === 0) {
      return yield* new BadInput({
        what: 'There is nothing to compare',
        why: `no trace was received of ${side.label}`,
        hint: 'List some with `obs traces`, or look further back with --since',
      });
    }
  }
  const [all, allGood] = yield* Effect.all(
    [readProfiles(bad.traceIds, bad.range), readProfiles(good.traceIds, good.range)],
    { concurrency: 2 },
  );
  const { ofBad, ofGood, shared } = alike(all, allGood);
  const looked = yield* lookInto(typicalOf(ofBad), typicalOf(ofGood));
  return {
    bad: { side: bad, profiles: ofBad },
    good: { side: good, profiles: ofGood },
    shared,
    differences: differencesOf(ofBad, ofGood),
    looked: looked.bad,
    votes: votesOf(looked.bad, looked.usual).filter(({ score }) => score > leastVote),
  };
});
