import { plainKernels, seasonalKernels, seasonlessKernels } from './gaussian-process/bank.ts';
import type { Kernel, Seasons } from './gaussian-process/kernel.ts';
import type { OperatorCache } from './gaussian-process/operator-cache.ts';
import type { Operator } from './gaussian-process/operator.ts';
import type { Origins } from './origins.ts';

/** The same series on a scale of its own, and the way from there to the scale on which forecasts are averaged. */
export interface View {
  readonly name: string;
  readonly values: Float64Array;
  /** With outliers drawn in: what earlier forecasts are made from. */
  readonly cleaned: Float64Array;
  readonly toCommon: (value: number) => number;
}

/** A way to forecast. Those with a kernel also know how sure they are. */
export interface Member {
  readonly name: string;
  readonly view: View;
  /** Weight, relative to others, before it is seen how well a member does; counts where there is little to see. */
  readonly prior: number;
  readonly kernel: Kernel | undefined;
  /** Repeats what was this many samples ago; for members without a kernel. */
  readonly lag: number;
}

/** A series has at most this many points in a kernel; a matrix of 672 holds four weeks of hours. */
const mostPoints = 672;

/** Sizes in seasons, so that series of many lengths share operators. */
const ladder = [28, 24, 21, 19, 17, 14];

/** With few seasons to learn from, the last one is the best guess, and what knows of none the worst. */
const priorOfLastSeason = 10;
const priorWithoutSeason = 0.1;

export function membersFor(seasons: Seasons, views: readonly [View, ...View[]]): readonly Member[] {
  const { period, long } = seasons;
  const kernels = period === null ? plainKernels : [...seasonalKernels, ...seasonlessKernels];
  const priorOf = (isSeasonal: boolean): number => (isSeasonal || period === null ? 1 : priorWithoutSeason);
  const lags = [1, period, long].filter((lag) => lag !== null);
  return [
    ...views.flatMap((view) =>
      kernels.map((kernel): Member => {
        const name = `${kernel.name}${view.name}`;
        return { name, view, prior: priorOf(kernel.season.length > 0), kernel, lag: 0 };
      }),
    ),
    ...lags.map((lag): Member => {
      const name = lag === 1 ? 'as the last value' : `as ${lag} samples ago`;
      const prior = lag === period ? priorOfLastSeason : priorOf(false);
      return { name, view: views[0], prior, kernel: undefined, lag };
    }),
  ];
}

/** How many of the last `available` points a kernel uses. */
export function sizeFor(available: number, unit: number): number {
  // A short season is repeated until it is of the size that the ladder was made for.
  const rung = unit * Math.max(1, Math.round(24 / unit));
  for (const seasonsCount of ladder) {
    const size = seasonsCount * rung;
    if (size <= mostPoints && size <= available) return size;
  }
  const most = Math.min(available, mostPoints);
  return most < 2 * unit ? most : most - (most % unit);
}

/** Each member's forecasts from the origins (origins × steps, row by row) and mean |error|, on the common scale. */
export interface Rehearsal {
  readonly forecasts: readonly (Float64Array | undefined)[];
  readonly meanError: readonly number[];
}

/** Every member's forecasts from the origins. A member that cannot forecast here has none and an infinite error. */
export function rehearse(
  truth: Float64Array,
  members: readonly Member[],
  seasons: Seasons,
  origins: Origins,
  operators: OperatorCache,
): Rehearsal {
  const forecasts = members.map((member) => rehearseOne(member, seasons, origins, operators));
  const meanError = forecasts.map((forecast) => {
    if (forecast === undefined) return Number.POSITIVE_INFINITY;
    let sum = 0;
    origins.back.forEach((back, index) => {
      for (let step = 0; step < origins.horizon; step++) {
        sum += Math.abs(forecast[index * origins.horizon + step]! - truth[truth.length - back + step]!);
      }
    });
    return sum / forecast.length;
  });
  return { forecasts, meanError };
}

function rehearseOne(
  member: Member,
  seasons: Seasons,
  { back, horizon }: Origins,
  operators: OperatorCache,
): Float64Array | undefined {
  const z = member.view.cleaned;
  const result = new Float64Array(back.length * horizon);
  if (member.kernel === undefined) {
    if (z.length - back.at(-1)! < member.lag) return undefined;
    back.forEach((samples, index) => {
      result.set(repeat(z, z.length - samples, member.lag, horizon), index * horizon);
    });
    return result;
  }
  const n = sizeFor(z.length - back.at(-1)!, seasons.unit);
  const operator = operators.operator(member.kernel, seasons, n, horizon);
  if (operator === undefined) return undefined;
  const rows = operator.rows(horizon);
  back.forEach((samples, index) => {
    multiply(rows, z, z.length - samples - n, operator, result, index * horizon, horizon);
  });
  return result.map(member.view.toCommon);
}

/** result[at + h] = rows[h] · z[from … from + n − 1]. */
function multiply(
  rows: Float64Array,
  z: Float64Array,
  from: number,
  { n }: Operator,
  result: Float64Array,
  at: number,
  horizon: number,
): void {
  for (let step = 0; step < horizon; step++) {
    const row = step * n;
    let sum = 0;
    for (let i = 0; i < n; i++) sum += rows[row + i]! * z[from + i]!;
    result[at + step] = sum;
  }
}

/** The last `lag` values before `end`, over and over. */
export function repeat(z: Float64Array, end: number, lag: number, horizon: number): Float64Array {
  const result = new Float64Array(horizon);
  for (let step = 0; step < horizon; step++) result[step] = z[end - lag + (step % lag)]!;
  return result;
}
