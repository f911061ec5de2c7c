import type { Evidence } from '../evidence/evidence.ts';

/** One or two attribute values that bad requests have and good ones have not. */
export interface AttributeSplit {
  /** One, or a pair that says more than each of its parts. */
  readonly attributes: readonly AttributeValue[];
  /** Whose attribute it is: of the spans that were compared, or a service whose spans lie in their traces. Of a pair the first's. */
  readonly service: string;
  /** Empty where the spans are of several operations. */
  readonly operation: string;
  /** Bad requests with the values, and all bad ones; then the good. A request is a trace, however many such spans it has. */
  readonly bad: number;
  readonly badAll: number;
  readonly good: number;
  readonly goodAll: number;
  /** Share of the bad that goes with the values, less what chance would give: 0 to 1. */
  readonly effect: number;
  /** Probability of the like by chance among all values that were tried: 0 to 1, never below 1e-300. */
  readonly chance: number;
  /** Further values that the same requests have, as the pod's name of the one instance of a version; the simplest first. */
  readonly alike: readonly AttributeValue[];
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
}

export interface AttributeValue {
  readonly key: string;
  /** As stored; of a threshold the number. */
  readonly value: string;
  /** Numbers may lie above or below a value. */
  readonly comparison: '=' | '>' | '<';
  /** Whose span or resource has it. */
  readonly service: string;
  readonly origin: 'span' | 'resource';
}
