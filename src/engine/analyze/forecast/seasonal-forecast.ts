import { cleanAndSolve } from './clean.ts';
import { ensembleForecast, type ScaledForecast } from './ensemble.ts';
import { plainKernels, seasonalKernels } from './gaussian-process/bank.ts';
import type { Seasons } from './gaussian-process/kernel.ts';
import type { OperatorCache } from './gaussian-process/operator-cache.ts';
import { sizeFor, type View } from './members.ts';
import { rawTransform, type Transform } from './prepare/transform.ts';

/** Outliers are drawn in for earlier forecasts, so that one of them does not spoil all that were made after it. */
const outlierLimit = 5;
const outlierRounds = 4;

/** What a forecast on the transformed scale needs besides the series. */
export interface ForecastTask {
  readonly seasons: Seasons;
  readonly horizon: number;
  readonly coverage: number;
  readonly transform: Transform;
  readonly operators: OperatorCache;
}

/** Forecast of a transformed series without gaps whose season is short enough for a kernel, or none. */
export function seasonalForecast(z: Float64Array, task: ForecastTask): ScaledForecast {
  const { seasons, transform, operators, horizon, coverage } = task;
  const cleaned = lessOutliers(z, seasons, horizon, operators);
  const common: View = { name: '', values: z, cleaned, toCommon: (value) => value };
  const views: [View, ...View[]] = [common];
  if (seasons.period === null && transform.name === 'power') views.push(viewAsIs(common, transform));
  return ensembleForecast(views, seasons, horizon, coverage, operators);
}

function lessOutliers(z: Float64Array, seasons: Seasons, horizon: number, operators: OperatorCache): Float64Array {
  const kernel = seasons.period === null ? plainKernels[0]! : seasonalKernels[0]!;
  const operator = operators.operator(kernel, seasons, sizeFor(z.length, seasons.unit), horizon);
  if (operator === undefined) return z;
  const cleaned = z.slice();
  cleaned.set(cleanAndSolve(operator, z, outlierLimit, outlierRounds).values, z.length - operator.n);
  return cleaned;
}

/** Without season a straight ramp is likely, and the power would bend it: the values themselves are tried as well. */
function viewAsIs({ values, cleaned }: View, power: Transform): View {
  const original = values.map(power.inverse);
  const raw = rawTransform(original);
  return {
    name: ' (untransformed)',
    values: original.map(raw.forward),
    cleaned: cleaned.map((z) => raw.forward(power.inverse(z))),
    toCommon: (value) => power.forward(raw.inverse(value)),
  };
}
