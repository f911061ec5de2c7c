import { cleanAndSolve } from './clean.ts';
import type { Seasons } from './gaussian-process/kernel.ts';
import type { OperatorCache } from './gaussian-process/operator-cache.ts';
import { predict } from './gaussian-process/operator.ts';
import { intervalRatio } from './interval.ts';
import { membersFor, rehearse, repeat, sizeFor, type Member, type Rehearsal, type View } from './members.ts';
import { originsOf } from './origins.ts';

/** A forecast on the transformed scale. */
export interface ScaledForecast {
  readonly mean: Float64Array;
  /** Half the width of the interval, per step. */
  readonly margin: Float64Array;
  readonly weights: readonly { readonly name: string; readonly weight: number }[];
}

/** Weights fall with this power of a member's error, so that the best few decide and none alone. */
const sharpness = 7;

/** Origins from which on errors are taken at their word. */
const fullTrust = 4;

/** Members with less are left out. */
const leastWeight = 0.001;

/** Every member forecasts from earlier origins; those that did well there make the forecast, in proportion. */
export function ensembleForecast(
  views: readonly [View, ...View[]],
  seasons: Seasons,
  horizon: number,
  coverage: number,
  operators: OperatorCache,
): ScaledForecast {
  const z = views[0].values;
  const members = membersFor(seasons, views);
  const origins = originsOf(z.length, horizon, seasons.unit);
  const rehearsal = rehearse(views[0].cleaned, members, seasons, origins, operators);
  const trust = Math.min(1, origins.back.length / fullTrust);
  const weights = weigh(members, rehearsal.meanError, trust);

  const mean = new Float64Array(horizon);
  const deviation = new Float64Array(horizon);
  const n = sizeFor(z.length, seasons.unit);
  let total = 0;
  members.forEach((member, index) => {
    const made = weights[index]! > 0 ? forecastOf(member, seasons, n, horizon, operators) : undefined;
    if (made === undefined) weights[index] = 0;
    if (made === undefined) return;
    total += weights[index]!;
    for (let step = 0; step < horizon; step++) {
      mean[step]! += weights[index]! * made.forecast[step]!;
      deviation[step]! += weights[index]! * made.deviations[step]!;
    }
  });
  for (let step = 0; step < horizon; step++) {
    mean[step]! /= total;
    deviation[step]! /= total;
  }
  const shares = weights.map((weight) => weight / total);
  const ratio = intervalRatio(z, combine(rehearsal.forecasts, shares), origins, deviation, coverage);
  return {
    mean,
    margin: deviation.map((value) => ratio * value),
    weights: members.map(({ name }, index) => ({ name, weight: shares[index]! })).filter(({ weight }) => weight > 0),
  };
}

/** The weighted forecasts of the past. */
function combine(forecasts: Rehearsal['forecasts'], shares: readonly number[]): Float64Array {
  const combined = new Float64Array(forecasts.find((forecast) => forecast !== undefined)?.length ?? 0);
  forecasts.forEach((forecast, member) => {
    const share = shares[member]!;
    if (share === 0 || forecast === undefined) return;
    for (let i = 0; i < combined.length; i++) combined[i]! += share * forecast[i]!;
  });
  return combined;
}

/** Shares that sum to about 1, by mean error as far as it is trusted, else by prior; 0 for those far behind. */
function weigh(members: readonly Member[], errors: readonly number[], trust: number): number[] {
  const least = Math.max(Math.min(...errors), 1e-12);
  const raw = members.map(({ prior }, index) => {
    const ratio = Math.max(errors[index]!, 1e-12) / least;
    return prior ** (1 - trust) * ratio ** (-sharpness * trust);
  });
  const total = raw.reduce((sum, value) => sum + value, 0);
  return raw.map((value) => (value / total < leastWeight ? 0 : value / total));
}

interface MemberForecast {
  readonly forecast: Float64Array;
  readonly deviations: Float64Array;
}

/** Undefined when the kernel cannot be inverted at this size. */
function forecastOf(
  member: Member,
  seasons: Seasons,
  n: number,
  horizon: number,
  operators: OperatorCache,
): MemberForecast | undefined {
  const { values: z, toCommon } = member.view;
  if (member.kernel === undefined) return repeatWithDeviations(member.view.cleaned, member.lag, horizon);
  const operator = operators.operator(member.kernel, seasons, n, horizon);
  if (operator === undefined) return undefined;
  const { solved, scale } = cleanAndSolve(operator, z);
  const forecast = predict(operator, solved, horizon);
  return {
    forecast: forecast.map(toCommon),
    deviations: operator.deviation.map((value, step) => {
      const deviation = value * scale;
      return (toCommon(forecast[step]! + deviation) - toCommon(forecast[step]! - deviation)) / 2;
    }),
  };
}

/** A walk of whole seasons: its variance grows by that of one seasonal difference with every season ahead. */
function repeatWithDeviations(z: Float64Array, lag: number, horizon: number): MemberForecast {
  let squares = 0;
  for (let i = lag; i < z.length; i++) squares += (z[i]! - z[i - lag]!) ** 2;
  const scale = Math.sqrt(squares / Math.max(1, z.length - lag));
  return {
    forecast: repeat(z, z.length, lag, horizon),
    deviations: Float64Array.from({ length: horizon }, (_, step) => scale * Math.sqrt(Math.floor(step / lag) + 1)),
  };
}
