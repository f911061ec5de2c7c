/** The novelty that scores ½ at first. */
const startLevel = 0.03;
/** An alarm raises the level by this much, in natural logarithms. */
const step = 0.05;
/** The level stays where it is when alarms come this many points apart. */
const usualSpacing = 3000;
/** So far may the level go down and up, in natural logarithms. */
const lowest = -2;
const highest = 3;
/** Scores from here on count as alarms, weaker ones in part. */
const countedFrom = 0.4;

/**
 * How much novelty a stream's alarm needs. Each alarm raises it, quiet lowers it, so that streams of every kind settle
 * near the same rate of alarms: the step of adaptive conformal inference (Gibbs and Candès 2021), on the logarithm.
 */
export class AlarmLevel {
  #logarithm = 0;

  /** @returns the score in [0, 1) of a novelty, and moves the level. */
  score(novelty: number): number {
    const score = novelty / (novelty + startLevel * Math.exp(this.#logarithm));
    const raise = score > countedFrom ? step * Math.min(1, 2 * score) : 0;
    this.#logarithm = Math.max(lowest, Math.min(highest, this.#logarithm + raise - step / usualSpacing));
    return score;
  }

  snapshot(): number {
    return this.#logarithm;
  }

  restore(logarithm: number): void {
    this.#logarithm = logarithm;
  }
}
