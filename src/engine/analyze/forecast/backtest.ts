import { coveragePercent, mase, smape } from './accuracy.ts';
import { forecastSeries, type ForecastOptions } from './forecast.ts';

export interface BacktestOptions extends ForecastOptions {
  /** Forecasts to repeat at most; 5 when absent. */
  readonly origins?: number;
  /** Samples between them; the horizon when absent. */
  readonly spacing?: number;
}

/** How one forecast of the past did. Percentages as in accuracy.ts. */
export interface PastForecast {
  /** Values that it was made from: the series up to here. */
  readonly origin: number;
  readonly smape: number;
  /** Over the error of repeating the season (without one: the last value) in the values before; NaN when that is 0. */
  readonly mase: number;
  /** Percent of the values within the interval. */
  readonly coverage: number;
  /** sMAPE of repeating the season instead. */
  readonly naiveSmape: number;
}

export interface Backtest extends Omit<PastForecast, 'origin'> {
  /** Latest first; empty when the series is too short to look back. */
  readonly forecasts: readonly PastForecast[];
}

/** Values that a forecast of the past must have had. */
const fewestBefore = 6;

/**
 * Repeats the forecast at earlier origins, each made from nothing but the values before it, and compares it with what
 * came. The totals are means over the origins.
 */
export function backtest(values: Float64Array, options: BacktestOptions): Backtest {
  const { origins = 5, spacing = options.horizon, ...forecastOptions } = options;
  const forecasts: PastForecast[] = [];
  for (let k = 0; k < origins; k++) {
    const origin = values.length - options.horizon - k * spacing;
    if (origin < fewestBefore) break;
    const past = judge(values, origin, forecastOptions);
    if (past !== undefined) forecasts.push(past);
  }
  return {
    forecasts,
    smape: mean(forecasts.map(({ smape }) => smape)),
    mase: mean(forecasts.map(({ mase }) => mase)),
    coverage: mean(forecasts.map(({ coverage }) => coverage)),
    naiveSmape: mean(forecasts.map(({ naiveSmape }) => naiveSmape)),
  };
}

/** Undefined when nothing came that could be compared. */
function judge(values: Float64Array, origin: number, options: ForecastOptions): PastForecast | undefined {
  const history = values.slice(0, origin);
  const actual = values.slice(origin, origin + options.horizon);
  if (!actual.some(Number.isFinite) || !history.some(Number.isFinite)) return undefined;
  const { mean: forecast, lower, upper, period } = forecastSeries(history, options);
  const lag = period ?? 1;
  return {
    origin,
    smape: smape(actual, forecast),
    mase: mase(history, actual, forecast, lag),
    coverage: coveragePercent(actual, lower, upper),
    naiveSmape: smape(actual, repeatLast(history, lag, actual.length)),
  };
}

/** The last season again and again; a missing value by the same place of the season before. */
function repeatLast(history: Float64Array, lag: number, horizon: number): Float64Array {
  return Float64Array.from({ length: horizon }, (_, step) => {
    for (let at = history.length - lag + (step % lag); at >= 0; at -= lag) {
      if (Number.isFinite(history[at])) return history[at]!;
    }
    return Number.NaN;
  });
}

function mean(values: readonly number[]): number {
  const finite = values.filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
}
