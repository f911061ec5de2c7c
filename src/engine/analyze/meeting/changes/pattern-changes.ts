import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { changesOf, type FoundChange } from './judge.ts';
import { readHistory, type PatternRange } from './read-history.ts';
import { readMinutes } from './read-minutes.ts';
import { onsetOf } from './onset.ts';
import { wordsOf } from './words.ts';

/** A pattern of logs, or a shape of traces, that is not as it was before the range. */
export interface PatternChange extends FoundChange {
  /** When it seems to have begun, Unix milliseconds: a minute's start, or the first line or trace of a new one. */
  readonly onsetMs: number;
  /** "20× its usual 3 a minute, since 14:05". Times are UTC. */
  readonly words: string;
}

/** Changes whose onset is looked for, the most surprising: ids are part of a URL. */
const onsetsSought = 200;

/**
 * What changed in a range, against the day before it: new and vanished patterns, rates, errors and durations of traces,
 * and values of parameters; the most surprising first. Empty where less than ten minutes before the range were mined.
 */
export const patternChanges = Effect.fnUntraced(function* (
  range: PatternRange,
): Effect.fn.Return<readonly PatternChange[], QueryFailed | EngineUnavailable, QueryClient> {
  const compared = yield* readHistory(range);
  const found = changesOf(compared, range)
    .toSorted((a, b) => b.surprise - a.surprise || (a.id < b.id ? -1 : 1))
    .slice(0, limits.patterns.told);
  const mined = { ...range, toMs: compared.toMs };
  const sought = found.filter(({ kind }) => kind !== 'new' && kind !== 'vanished').slice(0, onsetsSought);
  const minutes = yield* readMinutes(range, [...new Set(sought.map(({ id }) => id))]);
  return found.map((change) => {
    const onsetMs = onsetOf(change, mined, minutes.get(`${change.service}\u0000${change.id}`) ?? []);
    return { ...change, onsetMs, words: wordsOf(change, onsetMs) };
  });
});
