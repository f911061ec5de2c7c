import { createStreamDetector } from './detector.ts';

/** One measurement of a series. */
export interface SeriesPoint {
  readonly unixMs: number;
  readonly value: number;
}

/** The score in [0, 1) of every point, in order, each from what came before it and itself alone. */
export function detectSeries(points: Iterable<SeriesPoint>): Float64Array {
  const detector = createStreamDetector();
  let scores = new Float64Array(1024);
  let count = 0;
  for (const { unixMs, value } of points) {
    if (count === scores.length) {
      const larger = new Float64Array(2 * count);
      larger.set(scores);
      scores = larger;
    }
    scores[count++] = detector.score(unixMs, value);
  }
  return scores.slice(0, count);
}
