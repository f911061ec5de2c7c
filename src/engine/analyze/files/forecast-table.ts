import { Effect } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { backtest, type Backtest } from '../forecast/backtest.ts';
import { crossing, type Crossing, type Direction } from '../forecast/crossing.ts';
import { forecastSeries, type Forecast } from '../forecast/forecast.ts';
import { readTable } from '../input/read-table.ts';
import type { Source } from '../input/source-text.ts';
import { asBadInput } from './as-bad-input.ts';
import { chosenColumns } from './chosen-columns.ts';
import { evenSeries, type EvenSeries } from './even-series.ts';
import { badRowsText } from './notes.ts';

export interface ForecastAsk {
  /** Steps; a tenth of the history, 24 at least and 500 at most, where none is given. */
  readonly horizon?: number | undefined;
  /** The same as a span of time, for rows with times. */
  readonly horizonMs?: number | undefined;
  readonly coverage: number;
  readonly period?: number | undefined;
  readonly columns: readonly string[];
  /** Says how well the same forecast would have done before. */
  readonly backtest?: boolean | undefined;
  readonly threshold?: { readonly value: number; readonly direction: Direction } | undefined;
}

export interface ColumnForecast {
  readonly name: string;
  readonly history: Float64Array;
  readonly forecast: Forecast;
  readonly crossing: Crossing | undefined;
  readonly past: Backtest | undefined;
}

export interface TableForecast {
  readonly series: EvenSeries;
  readonly columns: readonly ColumnForecast[];
  /** Columns with too few values to be forecast, and how many they have. */
  readonly tooShort: readonly { readonly name: string; readonly values: number }[];
}

/** Forecasts every column of numbers of a CSV or NDJSON source, or those that are asked for. */
export const forecastTable = Effect.fnUntraced(function* (
  source: Source,
  ask: ForecastAsk,
): Effect.fn.Return<TableForecast, BadInput> {
  const table = yield* Effect.promise(() => readTable(source));
  if ('_tag' in table) return yield* asBadInput(table);
  const series = yield* Effect.promise(() => evenSeries(table));
  const chosen = yield* chosenColumns(series.columns, ask.columns);
  const horizon = ask.horizonMs === undefined ? ask.horizon : yield* stepsOf(ask.horizonMs, series);
  const known = chosen.map((column) => ({ column, values: column.values.filter(Number.isFinite).length }));
  const enough = known.filter(({ values }) => values >= limits.predict.fewestValues);
  const tooShort = known
    .filter((one) => !enough.includes(one))
    .map(({ column: { name }, values }) => ({ name, values }));
  if (enough.length === 0) return yield* noneLongEnough(series, tooShort);
  return { series, columns: enough.map(({ column }) => forecastColumn(column, { ...ask, horizon })), tooShort };
});

/** As of a series of the store: fewer values say nothing. */
function noneLongEnough(
  { rows, badRows, badRowsInAll }: EvenSeries,
  tooShort: TableForecast['tooShort'],
): Effect.Effect<never, BadInput> {
  const most = tooShort.reduce((longest, one) => (one.values > longest.values ? one : longest));
  const which = tooShort.length === 1 ? most.name : `the longest of ${tooShort.length} columns, ${most.name},`;
  return Effect.fail(
    new BadInput({
      what: 'The history is too short to forecast',
      why: `${which} has ${counted(most.values)} in ${rows === 1 ? '1 row' : `${rows} rows`}, and at least ${limits.predict.fewestValues} are needed${badRowsText(badRows, badRowsInAll)}`,
      hint: 'Ask again when more has come, or name a longer file',
    }),
  );
}

/** What to say of columns that were left out. */
export const tooShortNotes = ({ tooShort }: TableForecast): readonly string[] =>
  tooShort.map(
    ({ name, values }) =>
      `${name} is not forecast: it has ${counted(values)}, and at least ${limits.predict.fewestValues} are needed`,
  );

const counted = (values: number): string => (values === 1 ? '1 value' : `${values} values`);

const mostSteps = 100_000;

function stepsOf(ms: number, { startUnixMs, stepMs }: EvenSeries): Effect.Effect<number, BadInput> {
  const steps = Math.max(1, Math.ceil(ms / stepMs));
  if (Number.isFinite(startUnixMs) && steps <= mostSteps) return Effect.succeed(steps);
  return Effect.fail(
    new BadInput({
      what: 'Cannot use --horizon as a span of time',
      why: Number.isFinite(startUnixMs) ? `it is more than ${mostSteps} steps` : 'the rows have no times',
      hint: 'Give a number of steps: --horizon 48',
    }),
  );
}

function forecastColumn(
  { name, values }: EvenSeries['columns'][number],
  { horizon, coverage, period, threshold, backtest: looksBack = false }: ForecastAsk,
): ColumnForecast {
  const steps = horizon ?? Math.min(500, Math.max(24, Math.round(values.length / 10)));
  const options = { horizon: steps, coverage, ...(period === undefined ? {} : { period }) };
  const forecast = forecastSeries(values, options);
  const crossed = threshold === undefined ? undefined : crossing(forecast, threshold.value, threshold.direction);
  return {
    name,
    history: values,
    forecast,
    crossing: crossed,
    past: looksBack ? backtest(values, options) : undefined,
  };
}
