import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { ColumnForecast, TableForecast } from '../files/forecast-table.ts';
import { crossing, type Direction } from '../forecast/crossing.ts';
import { forecastSeries } from '../forecast/forecast.ts';
import { readAsked, type SeriesAsk } from './series/read-asked.ts';
import type { StoredSeries } from './series/stored-series.ts';
import { rollingBacktest, type RollingBacktest } from './rolling-backtest.ts';

export interface StoredAsk extends Omit<SeriesAsk, 'horizonMs'> {
  /** Steps, or milliseconds; a tenth of the history where none is given. */
  readonly horizon?: Horizon | undefined;
  readonly coverage: number;
  readonly period?: number | undefined;
  readonly threshold?: { readonly value: number; readonly direction: Direction } | undefined;
  readonly backtest?: boolean | undefined;
}

export type Horizon = { readonly steps: number } | { readonly ms: number };

export interface StoredForecast {
  readonly series: StoredSeries;
  /** As of a file, so that it is drawn and printed alike. */
  readonly table: TableForecast;
  readonly past: RollingBacktest | undefined;
}

/** Forecasts a golden signal of a service, or a metric, of the store. */
export const forecastStored = Effect.fnUntraced(function* (
  ask: StoredAsk,
  nowMs: number,
): Effect.fn.Return<StoredForecast, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const { horizon } = ask;
  const series = yield* readAsked({ ...ask, horizonMs: horizon && 'ms' in horizon ? horizon.ms : undefined }, nowMs);
  const { values, startMs, stepMs, title } = series;
  const steps = yield* horizonSteps(horizon, stepMs, values.length);
  const options = {
    horizon: steps,
    coverage: ask.coverage,
    ...(ask.period === undefined ? {} : { period: ask.period }),
  };
  const forecast = forecastSeries(values, options);
  const { threshold } = ask;
  const column: ColumnForecast = {
    name: title,
    history: values,
    forecast,
    crossing: threshold && crossing(forecast, threshold.value, threshold.direction),
    past: undefined,
  };
  const table: TableForecast = {
    series: {
      startUnixMs: startMs,
      stepMs,
      columns: [{ name: title, values }],
      rows: values.length,
      badRows: [],
      badRowsInAll: 0,
      broken: undefined,
    },
    columns: [column],
    tooShort: [],
  };
  return { series, table, past: ask.backtest === true ? rollingBacktest(values, options, threshold) : undefined };
});

/** @param stepMs 1 for rows without times: then a span of time says nothing */
export function horizonSteps(
  horizon: Horizon | undefined,
  stepMs: number,
  length: number,
): Effect.Effect<number, BadInput> {
  if (horizon === undefined) {
    return Effect.succeed(Math.min(limits.predict.horizonSteps, Math.max(24, Math.round(length / 10))));
  }
  return Effect.succeed('steps' in horizon ? horizon.steps : Math.max(1, Math.ceil(horizon.ms / stepMs)));
}
