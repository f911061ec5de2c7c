/** Something that changes slowly: its variance and the time in which it forgets itself. */
interface Term {
  readonly amount: number;
  readonly time: number;
  /** Matérn 3/2 instead of exponential decay: it drifts smoothly. */
  readonly smooth?: boolean;
}

/**
 * A stationary covariance of level, season, longer season and noise, plus a straight line. Amounts are variances relative
 * to each other (a forecast does not change when all grow alike). Times and widths are in samples of a series whose
 * season has 24 samples, and are stretched to the season at hand: what matters is how many seasons something lasts.
 */
export interface Kernel {
  readonly name: string;
  /** Σ amount·envelope(τ/time). */
  readonly level: readonly Term[];
  /** Σ amount·envelope(τ/time) · Per(period, seasonWidth). */
  readonly season: readonly Term[];
  readonly seasonWidth: number;
  /** e^(−τ/longTime) · Σ amount·Per(long period, width). */
  readonly long: readonly { readonly amount: number; readonly width: number }[];
  readonly longTime: number;
  /** Variance of what no other sample knows of. */
  readonly noise: number;
  /** Standard deviation of the slope per seven seasons, before anything is seen; 0: no slope. */
  readonly slope: number;
}

/** The seasons of a series, in samples. Without one, `unit` is the time scale that stands in for the period. */
export interface Seasons {
  readonly period: number | null;
  /** A week of days, as a rule; null when there is none to be learned. */
  readonly long: number | null;
  readonly unit: number;
}

const referencePeriod = 24;

/** The nugget keeps the matrix invertible when a kernel has no noise. */
const nugget = 1e-9;

/** Covariance at lags 0 … count − 1, dimensionless; lag 0 includes the noise. */
export function covariance(kernel: Kernel, seasons: Seasons, count: number): Float64Array {
  const stretch = seasons.unit / referencePeriod;
  const { period, long } = seasons;
  const values = new Float64Array(count);
  for (let lag = 0; lag < count; lag++) {
    const t = lag / stretch;
    let value = 0;
    for (const term of kernel.level) value += term.amount * envelope(term, t);
    if (period !== null && kernel.season.length > 0) {
      let amplitude = 0;
      for (const term of kernel.season) amplitude += term.amount * envelope(term, t);
      value += amplitude * periodic(lag, period, kernel.seasonWidth * stretch);
    }
    if (long !== null && kernel.long.length > 0) {
      let sum = 0;
      for (const { amount, width } of kernel.long) sum += amount * periodic(lag, long, width * stretch);
      value += sum * Math.exp(-t / kernel.longTime);
    }
    values[lag] = value;
  }
  values[0]! += kernel.noise + nugget;
  return values;
}

function envelope({ time, smooth }: Term, t: number): number {
  const u = t / time;
  return smooth === true ? (1 + Math.sqrt(3) * u) * Math.exp(-Math.sqrt(3) * u) : Math.exp(-u);
}

/** Per(p, ℓ) = exp(−2·sin²(πτ/p)/(2πℓ/p)²): MacKay's periodic kernel with the width ℓ in samples. */
function periodic(lag: number, period: number, width: number): number {
  const angle = (2 * Math.PI * width) / period;
  return Math.exp((-2 * Math.sin((Math.PI * lag) / period) ** 2) / (angle * angle));
}
