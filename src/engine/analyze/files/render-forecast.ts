import type { Backtest } from '../forecast/backtest.ts';
import type { Crossing } from '../forecast/crossing.ts';
import { wrapped } from '../incidents/wrap.ts';
import type { EvenSeries } from './even-series.ts';
import type { ColumnForecast, TableForecast } from './forecast-table.ts';
import { drawLines, shortNumber } from './plot.ts';
import { timeOfStep } from './step-times.ts';

/** As much history is drawn before a forecast, in horizons. */
const drawnHorizons = 4;

/** A chart of the newest history and what is to come, then the figures in words, column by column. */
export function renderForecast({ series, columns }: TableForecast, width: number): string {
  return columns.map((column) => renderColumn(column, series, width)).join('\n');
}

function renderColumn(
  { name, history, forecast, crossing, past }: ColumnForecast,
  series: EvenSeries,
  width: number,
): string {
  const horizon = forecast.mean.length;
  const shown = history.subarray(Math.max(0, history.length - drawnHorizons * horizon));
  // All three lines have the same past, so that they part where the forecast begins.
  const withPast = (values: Float64Array): Float64Array => {
    const line = new Float64Array(shown.length + horizon);
    line.set(shown);
    line.set(values, shown.length);
    return line;
  };
  const last = horizon - 1;
  const percent = Math.round(forecast.coverage * 1000) / 10;
  const season = forecast.period === null ? 'no season' : `season of ${forecast.period} steps`;
  return [
    `${name}: ${history.length} values, ${horizon} steps ahead, ${season}`,
    drawLines([withPast(forecast.lower), withPast(forecast.upper), withPast(forecast.mean)], width),
    `at ${timeOfStep(series, history.length + last)}: ${shortNumber(forecast.mean[last] ?? Number.NaN)}, ${percent} % between ${shortNumber(forecast.lower[last] ?? Number.NaN)} and ${shortNumber(forecast.upper[last] ?? Number.NaN)} (${mainly(forecast.method)})`,
    ...(crossing === undefined ? [] : wrapped(crossingText(crossing, series, history.length), width)),
    ...(past === undefined ? [] : [pastText(past)]),
    '',
  ].join('\n');
}

function pastText({ forecasts, smape, naiveSmape, mase, coverage }: Backtest): string {
  if (forecasts.length === 0) return 'backtest: the history is too short to look back';
  return `backtest: of ${forecasts.length} earlier forecasts sMAPE ${smape.toFixed(1)} (repeating the season ${naiveSmape.toFixed(1)}), MASE ${mase.toFixed(2)}, ${coverage.toFixed(0)} % of the values within the interval`;
}

/** How it was made: one method by its name, of several the first two with their shares; JSON has them all. */
export function mainly(method: string): string {
  const parts = method.split(/, (?=\d)/);
  const [only = ''] = parts;
  return parts.length === 1 ? only.replace(/(^|; )100 % /, '$1') : `mostly ${parts.slice(0, 2).join(', ')}`;
}

/** When a threshold is reached, as one sentence. */
export function crossingText(
  { earliest, likely, latest, probability, kind }: Crossing,
  series: Pick<EvenSeries, 'startUnixMs' | 'stepMs'>,
  now: number,
): string {
  const when = (step: number): string => timeOfStep(series, now + step - 1);
  const percent = sureText(probability);
  if (kind === 'none' || likely === null) {
    const first = earliest === null ? '' : `, at ${when(earliest)} at the earliest`;
    return `The threshold is not expected to be reached within the horizon (${percent} probable${first}).`;
  }
  const how = {
    lasting: 'for good',
    season: 'for a while, at the peak of its season,',
    unclear: 'so late that it cannot be told from a season (ask with a longer --horizon)',
  }[kind];
  const between = [
    ...(earliest === null ? [] : [`at ${when(earliest)} at the earliest`]),
    latest === null ? 'perhaps not within the horizon' : `at ${when(latest)} at the latest`,
  ].join(', ');
  return `The threshold is expected to be reached ${how} at ${when(likely)} (${between}; ${percent} probable).`;
}

/** A forecast is never quite sure. */
function sureText(probability: number): string {
  if (probability > 0.995) return 'over 99 %';
  return probability > 0 && probability < 0.005 ? 'below 1 %' : `${Math.round(probability * 100)} %`;
}
