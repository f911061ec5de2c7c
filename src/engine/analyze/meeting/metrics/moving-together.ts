import { Effect } from 'effect';
import type { SeriesName } from '../../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import { autocorrelationsOf, changesOfSeries, correlate, type Correlation } from './correlate.ts';
import { isTrivial, nameOfSeries } from './families.ts';
import { readVariableSeries, type MinuteRange, type MinuteSeries } from './read-variable.ts';

export interface GroupMember {
  readonly series: SeriesName;
  /** Minutes behind the series that leads. */
  readonly lagMinutes: number;
  /** Whether it rises when the leading one falls. */
  readonly opposite: boolean;
  /** With the member that it is most alike, 0 to 1. */
  readonly correlation: number;
}

/** Series that move together; the leading one first, then by lag. */
export interface MovingGroup {
  readonly members: readonly GroupMember[];
  /** Of its strongest pair: −log10 of the probability of as much by chance among all pairs and lags. */
  readonly surprise: number;
  /** "pool_share of db leads; p95_ms of shop follows 2 min later". */
  readonly words: string;
}

interface Pair extends Correlation {
  readonly one: number;
  readonly other: number;
}

/** Fewer minutes say nothing about lags. */
const leastMinutes = 30;
const leastCorrelation = 0.5;
const leastSurprise = 2;

/** Groups of service and metric features that move together from minute to minute, the most surprising first. */
export const movingTogether = Effect.fnUntraced(function* (
  range: MinuteRange,
): Effect.fn.Return<readonly MovingGroup[], QueryFailed | EngineUnavailable, QueryClient> {
  return groupsOf(yield* readVariableSeries(range));
});

export function groupsOf(all: readonly MinuteSeries[]): readonly MovingGroup[] {
  const moving = all.flatMap(({ name, values }) => {
    const changes = values.length < leastMinutes ? null : changesOfSeries(values);
    return changes === null ? [] : [{ name, changes, own: autocorrelationsOf(changes) }];
  });
  const { lagMinutes } = limits.patterns;
  const looks = Math.log10(Math.max(1, (moving.length * (moving.length - 1) * (2 * lagMinutes + 1)) / 2));
  const pairs: Pair[] = [];
  for (const [one, { name, changes, own }] of moving.entries()) {
    for (let other = one + 1; other < moving.length; other++) {
      const second = moving[other]!;
      if (isTrivial(name, second.name)) continue;
      const found = correlate(changes, second.changes, own, second.own, lagMinutes);
      const isFound = Math.abs(found.correlation) >= leastCorrelation && found.surprise - looks >= leastSurprise;
      if (isFound) pairs.push({ ...found, surprise: found.surprise - looks, one, other });
    }
  }
  return joinPairs(
    pairs.toSorted((a, b) => Math.abs(b.correlation) - Math.abs(a.correlation)),
    moving.map(({ name }) => name),
  );
}

interface Place {
  readonly group: Set<number>;
  readonly lag: number;
  readonly sign: number;
  correlation: number;
}

/** Groups along the strongest pairs: each series joins by the pair that says most about it. */
function joinPairs(pairs: readonly Pair[], names: readonly SeriesName[]): readonly MovingGroup[] {
  const places = names.map((_, at): Place => ({ group: new Set([at]), lag: 0, sign: 1, correlation: 0 }));
  const surprises = new Map<Set<number>, number>();
  for (const { one, other, lag, correlation, surprise } of pairs) {
    const first = places[one]!;
    const second = places[other]!;
    if (first.group === second.group) continue;
    first.correlation = Math.max(first.correlation, Math.abs(correlation));
    second.correlation = Math.max(second.correlation, Math.abs(correlation));
    const shift = first.lag + lag - second.lag;
    const turn = first.sign * second.sign * Math.sign(correlation);
    const gone = second.group;
    for (const member of gone) {
      const place = places[member]!;
      first.group.add(member);
      places[member] = { ...place, group: first.group, lag: place.lag + shift, sign: place.sign * turn };
    }
    const most = Math.max(surprise, surprises.get(first.group) ?? 0, surprises.get(gone) ?? 0);
    surprises.delete(gone);
    surprises.set(first.group, most);
  }
  return [...surprises]
    .map(([group, surprise]) => groupOf([...group], places, names, surprise))
    .toSorted((a, b) => b.surprise - a.surprise || b.members.length - a.members.length);
}

function groupOf(
  group: readonly number[],
  places: readonly Place[],
  names: readonly SeriesName[],
  surprise: number,
): MovingGroup {
  const ordered = group.toSorted(
    (a, b) => places[a]!.lag - places[b]!.lag || places[b]!.correlation - places[a]!.correlation || a - b,
  );
  const leader = places[ordered[0]!]!;
  const members = ordered.map((at): GroupMember => {
    const { lag, sign, correlation } = places[at]!;
    return { series: names[at]!, lagMinutes: lag - leader.lag, opposite: sign !== leader.sign, correlation };
  });
  return { members, surprise, words: wordsOf(members) };
}

const wordsShown = 6;

function wordsOf(members: readonly GroupMember[]): string {
  const isTogether = members.every(({ lagMinutes }) => lagMinutes === 0);
  const shown = members.slice(0, wordsShown).map(({ series, lagMinutes, opposite }, at) => {
    const name = nameOfSeries(series) + (opposite ? ' (the other way)' : '');
    if (isTogether) return name;
    if (at === 0) return `${name} leads`;
    return lagMinutes === 0 ? `${name} with it` : `${name} follows ${lagMinutes} min later`;
  });
  const rest = members.length - shown.length;
  const more = rest > 0 ? `; and ${rest} more` : '';
  return isTogether ? `${shown.join(', ')} move together${more}` : shown.join('; ') + more;
}
