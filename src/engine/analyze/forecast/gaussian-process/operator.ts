import { covariance, type Kernel, type Seasons } from './kernel.ts';
import { diagonalOf, firstColumnOfInverse, toeplitzInverse, type ToeplitzInverse } from './toeplitz.ts';

/**
 * What a Gaussian process with a fixed kernel makes of the last n points of any series: linear, so that everything that
 * does not depend on the values is computed once and used for every series with the same seasons.
 * The mean is a + b·t with a flat prior on a, and a normal one on b (Rasmussen and Williams, 2.7):
 * forecast = k*·A·z + x*·G·z with B = K⁻¹, M = XᵀBX + prior precision, G = M⁻¹XᵀB, A = B − BX·G.
 */
export interface Operator {
  readonly n: number;
  /** Covariance at lags 0 … n − 1 + horizon. */
  readonly covariance: Float64Array;
  readonly inverse: ToeplitzInverse;
  /** BX: n values of the constant's column, n of the slope's. */
  readonly constant: Float64Array;
  readonly slope: Float64Array;
  /** M⁻¹, symmetric: [constant², constant·slope, slope²]. */
  readonly meanCovariance: readonly [number, number, number];
  /** Diagonal of A: precision of each point given all others. */
  readonly precision: Float64Array;
  /** Slope's regressor of position i is (i − (n − 1))·timeScale. */
  readonly timeScale: number;
  /** Standard deviation at step h (1 … horizon) relative to the kernel's scale. */
  readonly deviation: Float64Array;
  /** Forecast of step h as weights over the n points, row by row; built when first asked for. */
  readonly rows: (horizon: number) => Float64Array;
}

/** Steps at which the deviation is computed; between them it is interpolated, for it hardly bends. */
const deviationSteps = 64;

/** Undefined when the kernel's matrix of this size cannot be inverted. `firstColumn`: of B, from an earlier run. */
export function buildOperator(
  kernel: Kernel,
  seasons: Seasons,
  n: number,
  horizon: number,
  firstColumn?: Float64Array,
): Operator | undefined {
  const k = covariance(kernel, seasons, n + horizon);
  const column = firstColumn ?? firstColumnOfInverse(k.subarray(0, n));
  if (column === undefined) return undefined;
  const inverse = toeplitzInverse(column);
  const timeScale = 1 / (7 * seasons.unit);

  const constant = new Float64Array(inverse.size).fill(1, 0, n);
  const slope = new Float64Array(inverse.size);
  for (let i = 0; i < n; i++) slope[i] = (i - (n - 1)) * timeScale;
  const regressor = slope.slice(0, n);
  inverse.apply(constant, slope);

  let m00 = 0;
  let m01 = 0;
  let m11 = kernel.slope === 0 ? 1e12 : 1 / kernel.slope ** 2;
  for (let i = 0; i < n; i++) {
    m00 += constant[i]!;
    m01 += slope[i]!;
    m11 += regressor[i]! * slope[i]!;
  }
  const determinant = m00 * m11 - m01 * m01;
  const meanCovariance: [number, number, number] = [m11 / determinant, -m01 / determinant, m00 / determinant];
  const [c00, c01, c11] = meanCovariance;

  const precision = diagonalOf(column);
  for (let i = 0; i < n; i++) {
    const a = constant[i]!;
    const b = slope[i]!;
    precision[i] = Math.max(precision[i]! - (a * a * c00 + 2 * a * b * c01 + b * b * c11), 1e-12);
  }

  let built: Float64Array | undefined;
  const partial = { n, covariance: k, inverse, constant, slope, meanCovariance, precision, timeScale };
  return {
    ...partial,
    deviation: deviations(partial, horizon),
    rows: (count) =>
      built !== undefined && built.length === count * n ? built : (built = forecastRows(partial, count)),
  };
}

type Core = Omit<Operator, 'deviation' | 'rows'>;

/** B·k* of two steps at a time, handed to `visit` one by one. */
function eachStep(
  core: Core,
  steps: readonly number[],
  visit: (step: number, weights: Float64Array, x: number) => void,
): void {
  const { n, covariance: k, inverse, timeScale } = core;
  const pair = [new Float64Array(inverse.size), new Float64Array(inverse.size)] as const;
  for (let at = 0; at < steps.length; at += 2) {
    const both = [steps[at]!, steps[at + 1] ?? steps[at]!] as const;
    for (const which of [0, 1] as const) {
      for (let i = 0; i < n; i++) pair[which][i] = k[n - 1 - i + both[which]]!;
    }
    inverse.apply(pair[0], pair[1]);
    visit(both[0], pair[0], both[0] * timeScale);
    if (at + 1 < steps.length) visit(both[1], pair[1], both[1] * timeScale);
  }
}

/** v_h = k(0) − k*·B·k*ᵀ + d·M⁻¹·dᵀ with d = x* − k*·BX; its root, for steps 1 … horizon. */
function deviations(core: Core, horizon: number): Float64Array {
  const { n, covariance: k, constant, slope, meanCovariance } = core;
  const [c00, c01, c11] = meanCovariance;
  const count = Math.min(horizon, deviationSteps);
  const at = (index: number): number => (count === 1 ? 1 : Math.round(1 + (index * (horizon - 1)) / (count - 1)));
  const steps = Array.from({ length: count }, (_, index) => at(index));
  const known = new Map<number, number>();
  eachStep(core, steps, (step, weights, x) => {
    let variance = k[0]!;
    let d0 = 1;
    let d1 = x;
    for (let i = 0; i < n; i++) {
      const value = k[n - 1 - i + step]!;
      variance -= value * weights[i]!;
      d0 -= value * constant[i]!;
      d1 -= value * slope[i]!;
    }
    variance += d0 * d0 * c00 + 2 * d0 * d1 * c01 + d1 * d1 * c11;
    known.set(step, Math.sqrt(Math.max(variance, 0)));
  });
  const result = new Float64Array(horizon);
  for (let index = 0; index < count; index++) {
    const from = steps[index]!;
    const to = steps[index + 1] ?? from;
    for (let step = from; step <= to; step++) {
      const share = to === from ? 0 : (step - from) / (to - from);
      result[step - 1] = known.get(from)! * (1 - share) + known.get(to)! * share;
    }
  }
  return result;
}

function forecastRows(core: Core, horizon: number): Float64Array {
  const { n, constant, slope, meanCovariance, covariance: k } = core;
  const [c00, c01, c11] = meanCovariance;
  const rows = new Float64Array(horizon * n);
  const steps = Array.from({ length: horizon }, (_, index) => index + 1);
  eachStep(core, steps, (step, weights, x) => {
    // k*·A + x*·G = k*·B + (x* − k*·BX)·G
    let d0 = 1;
    let d1 = x;
    for (let i = 0; i < n; i++) {
      const value = k[n - 1 - i + step]!;
      d0 -= value * constant[i]!;
      d1 -= value * slope[i]!;
    }
    const g0 = d0 * c00 + d1 * c01;
    const g1 = d0 * c01 + d1 * c11;
    const row = (step - 1) * n;
    for (let i = 0; i < n; i++) rows[row + i] = weights[i]! + g0 * constant[i]! + g1 * slope[i]!;
  });
  return rows;
}

/** A·z and the mean's two coefficients G·z for the n points `z`. */
export function solve(operator: Operator, z: Float64Array): { residual: Float64Array; mean: [number, number] } {
  const { n, inverse, constant, slope, meanCovariance } = operator;
  const [c00, c01, c11] = meanCovariance;
  const residual = new Float64Array(inverse.size);
  residual.set(z.subarray(0, n));
  let x0 = 0;
  let x1 = 0;
  for (let i = 0; i < n; i++) {
    x0 += constant[i]! * z[i]!;
    x1 += slope[i]! * z[i]!;
  }
  const mean: [number, number] = [c00 * x0 + c01 * x1, c01 * x0 + c11 * x1];
  inverse.apply(residual, new Float64Array(inverse.size));
  for (let i = 0; i < n; i++) residual[i]! -= constant[i]! * mean[0] + slope[i]! * mean[1];
  return { residual: residual.subarray(0, n), mean };
}

/** k*·(A·z) + x*·(G·z) for steps 1 … horizon (at most the operator's). */
export function predict(operator: Operator, solved: ReturnType<typeof solve>, horizon: number): Float64Array {
  const { n, covariance: k, timeScale } = operator;
  const { residual, mean } = solved;
  const forecast = new Float64Array(horizon);
  for (let step = 1; step <= horizon; step++) {
    let value = mean[0] + mean[1] * step * timeScale;
    for (let i = 0; i < n; i++) value += k[n - 1 - i + step]! * residual[i]!;
    forecast[step - 1] = value;
  }
  return forecast;
}
