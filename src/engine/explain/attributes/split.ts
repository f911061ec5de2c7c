import type { Evidence } from '../evidence/evidence.ts';

/** One or two attribute values that bad requests have and good ones have not. */
export interface AttributeSplit {
  /** One, or a pair that says more than each of its parts. */
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
  /** Whose attribute it is: of the spans that were compared. */
  readonly service: string;
  readonly operation: string;
  /** Bad requests with the values, and all bad ones; then the good. */
  readonly bad: number;
  readonly badAll: number;
  readonly good: number;
  readonly goodAll: number;
  /** Share of the bad that goes with the values, less what chance would give: 0 to 1. */
  readonly effect: number;
  /** Probability of the like by chance among all values that were tried. */
  readonly chance: number;
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
}
