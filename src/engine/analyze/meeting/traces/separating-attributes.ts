import { separationOf, type Separation } from './information.ts';

/** An attribute's value that slow traces have more often than fast ones. */
export interface SeparatingAttribute extends Separation {
  readonly service: string;
  readonly scope: 'span' | 'resource';
  readonly key: string;
  readonly value: string;
  /** Traces that have it. */
  readonly spans: number;
  /** "region=eu-west: 92 % of slow, 8 % of fast". */
  readonly words: string;
}

export interface SlowAndFast {
  /** Traces compared, one in so many; slow are those that took longer than `slowMs`. */
  readonly spans: number;
  readonly oneIn: number;
  readonly slow: number;
  readonly slowMs: number;
  /** The most telling first; none if slow and fast do not differ by an attribute. */
  readonly attributes: readonly SeparatingAttribute[];
}

/** Traces of either kind that must be there, and those that must have a value. */
export const leastSpans = 10;
const leastWithValue = 5;
/** A difference that would come by chance in one of a hundred looks at all values is none. */
const leastSurprise = 2;

/** How many slow and fast ones have a value. */
export interface PairCount {
  readonly service: string;
  readonly scope: 'span' | 'resource';
  readonly key: string;
  readonly value: string;
  readonly slows: number;
  readonly fasts: number;
}

/**
 * Ranks what parts slow from fast.
 * @param service whose attributes need no name before them
 */
export function attributesOf(
  rows: readonly PairCount[],
  slow: number,
  fast: number,
  service: string,
): readonly SeparatingAttribute[] {
  const manyTimes = Math.log10(Math.max(1, rows.length));
  return (
    rows
      .filter(({ slows, fasts }) => slows + fasts >= leastWithValue)
      .map((row): SeparatingAttribute => {
        const { slows, fasts, ...pair } = row;
        const separation = separationOf(slows, slow, fasts, fast);
        const { service: own, scope, key, value } = pair;
        return {
          service: own,
          scope,
          key,
          value,
          spans: slows + fasts,
          ...separation,
          words: (own === service ? '' : `${own} `) + wordsOf(key, value, separation),
        };
      })
      // Of two values of one attribute one says what the other says: the one of the slow is told.
      .filter(({ slowShare, fastShare, surprise }) => slowShare > fastShare && surprise - manyTimes >= leastSurprise)
      .toSorted((a, b) => b.gain - a.gain || (a.key < b.key ? -1 : 1))
  );
}

const wordsOf = (key: string, value: string, { slowShare, fastShare }: Separation): string =>
  `${key}=${value}: ${percent(slowShare)} of slow, ${percent(fastShare)} of fast`;

const percent = (share: number): string => `${Number((100 * share).toPrecision(2))} %`;
