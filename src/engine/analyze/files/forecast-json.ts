import type { TableForecast } from './forecast-table.ts';
import { numberOfStep } from './step-times.ts';

/** A forecast as one object: times are Unix milliseconds, or row numbers where the file has no times; NaN is null. */
export function forecastJson({ series, columns, tooShort }: TableForecast): object {
  const hasTimes = Number.isFinite(series.startUnixMs);
  return {
    rows: series.rows,
    ...(hasTimes ? { stepMs: series.stepMs } : {}),
    badRows: series.badRowsInAll,
    ...(series.broken === undefined ? {} : { broken: series.broken }),
    ...(tooShort.length === 0 ? {} : { tooShort }),
    columns: columns.map(({ name, history, forecast, crossing, past }) => ({
      name,
      period: forecast.period,
      coverage: forecast.coverage,
      method: forecast.method,
      ...(crossing === undefined ? {} : { crossing }),
      ...(past === undefined ? {} : { backtest: past }),
      points: Array.from(forecast.mean, (mean, step) => ({
        [hasTimes ? 'unixMs' : 'row']: numberOfStep(series, history.length + step),
        mean,
        lower: forecast.lower[step],
        upper: forecast.upper[step],
      })),
    })),
  };
}
