import type { Backtest } from '../forecast/backtest.ts';
import type { Crossing } from '../forecast/crossing.ts';
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
    `at ${timeOfStep(series, history.length + last)}: ${shortNumber(forecast.mean[last] ?? Number.NaN)}, ${percent} % between ${shortNumber(forecast.lower[last] ?? Number.NaN)} and ${shortNumber(forecast.upper[last] ?? Number.NaN)} (mostly ${mainly(forecast.method)})`,
    ...(crossing === undefined ? [] : [crossingText(crossing, series, history.length)]),
    ...(past === undefined ? [] : [pastText(past)]),
    '',
  ].join('\n');
}

function pastText({ forecasts, smape, naiveSmape, mase, coverage }: Backtest): string {
  if (forecasts.length === 0) return 'backtest: the history is too short to look back';
  return `backtest: of ${forecasts.length} earlier forecasts sMAPE ${smape.toFixed(1)} (repeating the season ${naiveSmape.toFixed(1)}), MASE ${mase.toFixed(2)}, ${coverage.toFixed(0)} % of the values within the interval`;
}

/** The first two of the methods that made the forecast; JSON has them all. */
function mainly(method: string): string {
  return method
    .split(/, (?=\d)/)
    .slice(0, 2)
    .join(', ');
}

function crossingText(
  { earliest, likely, latest, probability, kind }: Crossing,
  series: EvenSeries,
  now: number,
): string {
  const when = (step: number | null): string =>
    step === null ? 'not within the horizon' : timeOfStep(series, now + step - 1);
  const words = {
    lasting: 'for good: its level goes there',
    season: 'for a while: only the peak of its season reaches it',
    unclear: 'so late that it cannot be told from a season; ask with a longer --horizon',
    none: 'not expected within the horizon',
  };
  return `threshold: ${words[kind]}; earliest ${when(earliest)}, likely ${when(likely)}, latest ${when(latest)}; ${Math.round(probability * 100)} % within the horizon`;
}
