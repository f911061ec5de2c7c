import type { Counts } from './statistics.ts';
import type { AttributeValue } from './split.ts';

/** A value, or a threshold, that requests may have; `place` is empty for the spans that are compared, else a service. */
export interface TriedValue extends Omit<AttributeValue, 'service'> {
  readonly place: string;
}

/** With what a first count gave: exact for values, for thresholds an upper bound where requests have several numbers. */
export interface CountedValue extends TriedValue {
  readonly counts: Counts;
}

/** In what order values are told that the same requests have. */
export const compareTexts = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);
