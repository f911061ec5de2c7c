import { forecastJson } from '../files/forecast-json.ts';
import { shortNumber } from '../files/plot.ts';
import { renderForecast } from '../files/render-forecast.ts';
import type { StoredForecast } from './forecast-stored.ts';
import type { RollingBacktest } from './rolling-backtest.ts';
import { momentText, spanText } from './words.ts';

/** As a forecast of a file, with its times in words, and how earlier ones did. */
export function renderStored({ series, table, past }: StoredForecast, width: number): string {
  const { startMs, stepMs, values } = series;
  const nowMs = startMs + values.length * stepMs;
  const endMs = nowMs + (table.columns[0]?.forecast.mean.length ?? 0) * stepMs;
  return [
    renderForecast(table, width).trimEnd(),
    `steps of ${spanText(stepMs)}: known from ${momentText(startMs)} to ${momentText(nowMs)}, forecast to ${momentText(endMs)} UTC`,
    ...(past === undefined ? [] : [renderBacktest(past)]),
    '',
  ].join('\n');
}

function renderBacktest({ origins, coverage, error, naiveError, crossings }: RollingBacktest): string {
  if (origins === 0) return 'backtest: the history is too short to look back';
  const { threshold, direction, saidAndCame, saidInVain, cameUnsaid, neither } = crossings;
  const what = threshold === null ? 'the greatest value of as long before' : shortNumber(threshold);
  const judged = saidAndCame + saidInVain + cameUnsaid + neither;
  return [
    `backtest: of ${origins} earlier forecasts ${coverage.toFixed(1)} % of the values lay within the interval`,
    `  error ${shortNumber(error)} on average; repeating what was before ${shortNumber(naiveError)}`,
    `  ${direction} ${what}: ${saidAndCame + neither} of ${judged} told right (${saidAndCame} came as said, ${neither} did not as said; ${saidInVain} said in vain, ${cameUnsaid} came unsaid)`,
  ].join('\n');
}

/** One object: that of a file's forecast, and what it is of. NaN is null. */
export function storedJson({ series, table, past }: StoredForecast): object {
  return {
    series: series.name,
    startUnixMs: series.startMs,
    notes: series.notes,
    ...forecastJson(table),
    ...(past === undefined ? {} : { backtest: past }),
  };
}
