/** Series to forecast, drawn from seeds. */
export interface Noise {
  /** Between 0 and 1. */
  readonly uniform: () => number;
  readonly normal: () => number;
}

/** Mulberry32. */
export function noise(seed: number): Noise {
  let state = seed >>> 0;
  const uniform = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

export const series = (length: number, at: (index: number) => number): Float64Array =>
  Float64Array.from({ length }, (_, index) => at(index));

export const wave = (index: number, period: number): number => Math.sin((2 * Math.PI * index) / period);

export function meanAbsoluteError(actual: Float64Array, forecast: Float64Array): number {
  return actual.reduce((sum, value, step) => sum + Math.abs(value - forecast[step]!), 0) / actual.length;
}

/** The last `lag` values again and again. */
export const repeated = (history: Float64Array, lag: number, horizon: number): Float64Array =>
  series(horizon, (step) => history[history.length - lag + (step % lag)]!);

/** A known history and what came, of several series of one kind; and errors of a forecast and of repeating, on average. */
export function compare(
  draw: (random: Noise) => Float64Array,
  forecast: (history: Float64Array) => Float64Array,
  { lag, horizon, count = 6 }: { lag: number; horizon: number; count?: number },
): { error: number; naive: number } {
  let error = 0;
  let naive = 0;
  for (let seed = 1; seed <= count; seed++) {
    const all = draw(noise(seed));
    const history = all.slice(0, all.length - horizon);
    const actual = all.slice(all.length - horizon);
    error += meanAbsoluteError(actual, forecast(history)) / count;
    naive += meanAbsoluteError(actual, repeated(history, lag, horizon)) / count;
  }
  return { error, naive };
}
