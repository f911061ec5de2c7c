const minuteMs = 60_000;
/** Of changes that did it: nine in ten act at once, the others slowly, as a leak or a table that fills does. */
const atOnce = { share: 0.9, meanMs: 10 * minuteMs } as const;
const slowly = { share: 0.1, meanMs: 6 * 60 * minuteMs } as const;
/** Changes that have nothing to do with it lie anywhere in a day. */
const anywhereMs = 24 * 60 * minuteMs;

export interface ChangeDoubt {
  /** Calls from the suspect to the service that was changed; 0: the suspect itself. */
  readonly calls?: number;
  /** It lies between the likeliest time of the onset and the latest one. */
  readonly isWithinOnset?: boolean;
}

/**
 * How much likelier it is, in nats, that a change lies `gapMs` before an onset if it is the cause than if it has nothing
 * to do with it: the logarithm of a mixture of two exponential densities over a uniform one of a day. ln 2 less between
 * the likeliest and the latest time of the onset, and for each call between the suspect and what was changed.
 *
 * 4.9 at once, 3.9 after ten minutes, 0 after 53 minutes. The means are assumed, not learned. A change
 * after the onset has no part in it: `-Infinity`, whatever else speaks for it. Leave it out of a ranking.
 * @param gapMs from the change to the onset; a change after the latest time of the onset has a negative one
 */
export function changeWeight(gapMs: number, { calls = 0, isWithinOnset = false }: ChangeDoubt = {}): number {
  if (!(gapMs >= 0)) return Number.NEGATIVE_INFINITY;
  const density = (part: { readonly share: number; readonly meanMs: number }): number =>
    (part.share / part.meanMs) * Math.exp(-gapMs / part.meanMs);
  const ratio = Math.log(anywhereMs * (density(atOnce) + density(slowly)));
  return ratio - Math.LN2 * ((isWithinOnset ? 1 : 0) + calls);
}
