import type { Window } from '../onset.ts';
import type { Deviation } from './deviation.ts';

/** A window that fares well for once does not end what goes on. */
const mostFine = 1;

/**
 * Usual windows are cut to what is not too unusual among them, so that a warm-up hides nothing; what has gone on for long
 * then seems to begin where they end. Its beginning is moved back over windows that are as bad already: nearer to what
 * it is now (by the logarithm; failures by their share) than to the median of all before.
 * @param before windows of the operation in the time before, in order of time
 * @param windowSeconds how long a window lasts
 */
export function fromItsStart(deviation: Deviation, before: readonly Window[], windowSeconds: number): Deviation {
  const valueOf = ({ calls, errors, meanMs }: Window): number =>
    deviation.what === 'errors' ? errors / Math.max(1, calls) : Math.log(Math.max(meanMs, 0.001));
  const present = deviation.what === 'errors' ? deviation.present : Math.log(Math.max(deviation.present, 0.001));
  const earlier = before.filter(({ time }) => time < deviation.fromSeconds);
  const usual = earlier.map(valueOf).toSorted((a, b) => a - b)[earlier.length >> 1] ?? present;
  let [start, fine] = [deviation.fromSeconds, 0];
  for (const window of earlier.toReversed()) {
    if (valueOf(window) >= (usual + present) / 2) [start, fine] = [window.time, 0];
    else if (++fine > mostFine) break;
  }
  if (start === deviation.fromSeconds) return deviation;
  return { ...deviation, fromSeconds: start, earliest: start - windowSeconds, latest: start + windowSeconds };
}
