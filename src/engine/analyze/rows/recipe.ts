/**
 * The constants of the row detector, the same for every table. docs/research/anomaly-multivariate.md has what each was
 * compared with; where a range of values did as well, the middle of it was taken.
 */
export const recipe = {
  /** The q-th and (100 − q)-th percentile span a range; several of them, because the outermost alone is brittle. */
  valuePercentiles: [0, 0.1, 0.3, 1],
  spreadPercentiles: [0.1, 0.3],
  residualPercentiles: [0, 0.1, 0.3, 1],
  /** How many earlier rows a column's spread is taken over. */
  spreadRows: 5,
  /** A range narrower than this share of the column's unit counts as this wide: a constant has a width too. */
  narrowest: 0.03,
  /** Evidence of one column at most. "One column wholly outside" is the unit in which scores are to be read. */
  most: 10,
  /** A column that stays outside is believed less: twice what it has shown lately is taken off, slowly. */
  habit: { perRow: 1 / 1000, most: 0.5, times: 2 },
  /** Principal components that count as usual: one for so many columns. */
  columnsPerComponent: 8,
  /** Blocks of time of which each is predicted by the others, so that residuals are those of unseen rows. */
  blocks: 4,
  /** What a residual counts beside a value, and how many rows it takes until it counts half of that. */
  residualWeight: 0.5,
  residualRows: 3000,
  /** Evidence up to `most` is averaged with this half-life in rows; what lies above counts at once. */
  halfLife: 8,
  /**
   * A short history goes on growing: rows that score below `usualBelow` are learned too, anew whenever there are
   * `growth` times as many as before, until there are `enoughRows` (a day of 10 s windows and some more). Judging what
   * is usual by the score keeps an incident out of the history.
   */
  learning: { usualBelow: 2, growth: 1.5, enoughRows: 10_000 },
} as const;
