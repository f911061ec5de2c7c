import { solve, type Operator } from './gaussian-process/operator.ts';

/** Makes a normal deviation of a median of absolute values. */
export const madToDeviation = 1.4826;

export interface Cleaned {
  /** The n points, outliers drawn in. */
  readonly values: Float64Array;
  readonly solved: ReturnType<typeof solve>;
  /** Scale s of the kernel on this series: s² = qᵀAq/(n − 1), the estimate of greatest likelihood. */
  readonly scale: number;
}

/**
 * Solves for the last n points, with outliers drawn in to what the kernel would still believe: each point's residual
 * given all others is (Az)ᵢ/Aᵢᵢ (Rasmussen and Williams, 5.12), and what exceeds `limit` robust deviations is taken off.
 */
export function cleanAndSolve(operator: Operator, z: Float64Array, limit = 4, rounds = 2): Cleaned {
  const { n, precision } = operator;
  const cleaned = z.slice(z.length - n);
  let solved = solve(operator, cleaned);
  for (let round = 0; round < rounds; round++) {
    const residuals = Float64Array.from(solved.residual, (value, i) => value / precision[i]!);
    const most = limit * madToDeviation * median(residuals.map(Math.abs));
    // Where the kernel is exact for most points there is no measure of what is too far.
    if (!(most > 0)) break;
    let changed = false;
    for (let i = 0; i < n; i++) {
      const excess = Math.abs(residuals[i]!) - most;
      if (excess <= 0) continue;
      // What is far beyond belief tells nothing at all.
      const drawnIn = excess > 2 * most ? excess + most : excess;
      cleaned[i]! -= Math.sign(residuals[i]!) * drawnIn;
      changed = true;
    }
    if (!changed) break;
    solved = solve(operator, cleaned);
  }
  let quadratic = 0;
  for (let i = 0; i < n; i++) quadratic += cleaned[i]! * solved.residual[i]!;
  return { values: cleaned, solved, scale: Math.sqrt(Math.max(quadratic, 0) / Math.max(n - 1, 1)) };
}

/** The middle value, or the upper of the two; sorts its argument. */
export function median(values: Float64Array): number {
  values.sort();
  return values[values.length >> 1] ?? Number.NaN;
}
