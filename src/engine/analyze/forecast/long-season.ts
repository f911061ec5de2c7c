import type { ScaledForecast } from './ensemble.ts';
import { normalQuantile } from './normal.ts';
import { seasonalForecast, type ForecastTask } from './seasonal-forecast.ts';

/** Seasons above this are forecast in blocks: a kernel would see too few of them. */
export const longestDirectPeriod = 168;

/** Blocks in a season: at most, and at least when a divisor of the period is looked for. */
const mostBlocks = 96;
const fewestBlocks = 24;

/** Seasons that tell the shape within the blocks. */
const mostSeasons = 14;

/**
 * A long season (a day of minutes): means of blocks are forecast like any series, and what single samples differ from
 * the line between block means is repeated from the same place of earlier seasons, shrunk towards nothing where few
 * of them are known. The interval adds the variances of both.
 */
export function longSeasonForecast(z: Float64Array, period: number, task: ForecastTask): ScaledForecast {
  const block = blockFor(period);
  const blocks = blockMeans(z, block);
  const unit = Math.round(period / block);
  const long = 14 * unit <= blocks.length ? 7 * unit : null;
  const coarse = seasonalForecast(blocks, {
    ...task,
    seasons: { period: unit, long, unit },
    horizon: Math.ceil(task.horizon / block) + 1,
  });

  const smooth = betweenBlocks(blocks, block, z.length);
  const from = Math.max(block, z.length - mostSeasons * period);
  const { shape, deviation } = shapeWithin(z, smooth, period, from);
  const all = Float64Array.from([blocks.at(-1)!, ...coarse.mean]);
  const margins = Float64Array.from([coarse.margin[0]!, ...coarse.margin]);
  const own = normalQuantile((1 + task.coverage) / 2) * deviation;
  const mean = new Float64Array(task.horizon);
  const margin = new Float64Array(task.horizon);
  for (let step = 0; step < task.horizon; step++) {
    // The middle of the last known block lies (block + 1)/2 samples before the first step.
    const place = (step + (block + 1) / 2) / block;
    mean[step] = lineThrough(all, place) + shape[step % period]!;
    margin[step] = Math.hypot(lineThrough(margins, place), own);
  }
  return { mean, margin, weights: coarse.weights };
}

/** The smallest divisor of the period that leaves few enough blocks, else the smallest number that does. */
function blockFor(period: number): number {
  const least = Math.ceil(period / mostBlocks);
  for (let block = least; block * fewestBlocks <= period; block++) if (period % block === 0) return block;
  return least;
}

/** Means of whole blocks, the last of which ends with the series. */
export function blockMeans(z: Float64Array, block: number): Float64Array {
  const count = Math.floor(z.length / block);
  const start = z.length - count * block;
  return Float64Array.from({ length: count }, (_, index) => {
    let sum = 0;
    for (let i = 0; i < block; i++) sum += z[start + index * block + i]!;
    return sum / block;
  });
}

/** Lines through the middles of the blocks, for each sample of the series. */
function betweenBlocks(blocks: Float64Array, block: number, length: number): Float64Array {
  const start = length - blocks.length * block;
  return Float64Array.from({ length }, (_, i) => lineThrough(blocks, (i - start - (block - 1) / 2) / block));
}

function lineThrough(values: Float64Array, place: number): number {
  const inside = Math.min(Math.max(place, 0), values.length - 1);
  const left = Math.min(Math.floor(inside), Math.max(values.length - 2, 0));
  const share = inside - left;
  return values[left]! * (1 - share) + (values[left + 1] ?? values[left]!) * share;
}

/** Per step ahead: the mean excess over the smooth course at its place in the season; and what remains around it. */
function shapeWithin(
  z: Float64Array,
  smooth: Float64Array,
  period: number,
  from: number,
): { shape: Float64Array; deviation: number } {
  const shape = new Float64Array(period);
  for (let step = 0; step < period; step++) {
    let sum = 0;
    let count = 0;
    for (let i = z.length + step - period; i >= from; i -= period) {
      sum += z[i]! - smooth[i]!;
      count++;
    }
    shape[step] = sum / (count + 1);
  }
  let squares = 0;
  for (let i = from; i < z.length; i++) {
    const place = (((i - z.length) % period) + period) % period;
    squares += (z[i]! - smooth[i]! - shape[place]!) ** 2;
  }
  return { shape, deviation: Math.sqrt(squares / Math.max(1, z.length - from)) };
}
