import type { Onset, SignalKind } from './input.ts';

/** What made an entity's score, with the numbers to say it in a sentence. Each kind is one way to be suspicious. */
export type Term =
  | {
      /** Its share of what the alarmed entity suffers, along the calls. */
      readonly term: 'flow';
      readonly score: number;
      readonly kind: 'latency' | 'errors';
      /** Share of the alarm's trouble that passes through it, and share of that which is its own: 0 to 1. */
      readonly through: number;
      readonly own: number;
      /** Mean latency, or share of failed requests, as usual and now. NaN where unknown. */
      readonly usual: number;
      readonly present: number;
      /** Weighted requests behind `present`. */
      readonly requests: number;
      /** Excess in its standard deviations. */
      readonly deviations: number;
    }
  | {
      /** A metric of its own above its usual values. */
      readonly term: 'metric';
      readonly score: number;
      readonly metric: string;
      readonly kind: SignalKind;
      /** Median of history, and what nine tenths of the abnormal rows stay below. */
      readonly usual: number;
      readonly present: number;
      readonly deviations: number;
    }
  | {
      /** What runs on this host deviates, and next to nothing elsewhere does. */
      readonly term: 'host';
      readonly score: number;
      readonly residents: number;
      readonly deviating: number;
    }
  | {
      /** Another source's own judgement. */
      readonly term: 'source';
      readonly score: number;
      readonly source: string;
      readonly kind: SignalKind;
      readonly why: string;
    }
  | {
      /** It began after the alarmed entity's trouble: unlikely its cause. A factor below 1 is already in the score. */
      readonly term: 'late';
      readonly factor: number;
    };

export interface RankedEntity {
  readonly entity: number;
  readonly name: string;
  /** Comparable within one ranking; 0 for what was only listed since it can be reached from the alarm. */
  readonly score: number;
  /** Highest scores first. */
  readonly terms: readonly Term[];
  /** The metric that says most, or null where none does. */
  readonly metric: string | null;
  /** Null where no beginning can be told. */
  readonly onset: Onset | null;
}

export interface RankedMetric {
  readonly entity: number;
  readonly metric: string;
  readonly kind: SignalKind;
  readonly score: number;
}

export interface CauseRanking {
  /**
   * Whether the calls could be followed from an alarmed entity, calls that were learned since nobody said them, or each
   * entity was judged by itself.
   */
  readonly method: 'calls' | 'learned' | 'deviations';
  readonly entities: readonly RankedEntity[];
  /** Metrics that were judged by themselves, highest first. */
  readonly metrics: readonly RankedMetric[];
  /** When the alarmed entity's own trouble began. */
  readonly onset: Onset | null;
}
