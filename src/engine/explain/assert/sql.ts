import { selfServiceName } from '../../domain/self-service.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { TimeRange } from '../question.ts';
import { isCall, isRolledUpCall } from './catalog.ts';
import {
  foundSeverities,
  logLevels,
  measureOf,
  type FoundSeverity,
  type LogLevel,
  type MeasureName,
  type Pattern,
} from './language/expression.ts';
import type { Target } from './resolve.ts';
import { during, inWindows, windowsOf, type Source } from './source.ts';

/** Statements of terms: literals only, explicit times, one row each. */

/** Column of a measure, in milliseconds for durations; of rates and shares the counts that they are made of. */
export const columnOf = (measure: MeasureName): string =>
  measureOf(measure).unit === 'duration'
    ? `${measure}_ms`
    : measure === 'errors' || measure === 'error_rate'
      ? 'errors'
      : 'calls';

/** Calls, and what else the measures need. */
export function callsSql(target: Target, source: Source, measures: ReadonlySet<MeasureName>): string {
  const columns = new Set(['calls', ...[...measures].map(columnOf)]);
  const exact = source.from === 'spans';
  const chosen = [
    `${exact ? 'count()' : 'sum(Calls)'} AS calls`,
    ...(columns.has('errors') ? [`${exact ? "countIf(StatusCode = 'Error')" : 'sum(Errors)'} AS errors`] : []),
    ...[...measures].flatMap((measure) => {
      const { quantile } = measureOf(measure);
      if (quantile !== undefined) {
        const of = exact
          ? `quantileExact(${quantile})(Duration)`
          : `quantileDDMerge(0.01, ${quantile})(DurationQuantiles)`;
        return [`round(${of} / 1e6, 6) AS ${measure}_ms`];
      }
      if (measure === 'max') return [`round(max(${exact ? 'Duration' : 'DurationMax'}) / 1e6, 6) AS max_ms`];
      if (measure !== 'mean') return [];
      return [`round(${exact ? 'avg(Duration)' : 'sum(DurationSum) / sum(Calls)'} / 1e6, 6) AS mean_ms`];
    }),
  ];
  return `SELECT ${chosen.join(', ')}\nFROM ${rowsOf(target, source)}`;
}

/** `otel_traces WHERE …`, or a rollup: the rows that a target means. */
function rowsOf(target: Target, source: Source): string {
  if (source.from === 'spans') return `otel_traces\nWHERE ${spansOf(target, source.range)}`;
  const table = `obs_red_${target.is === 'services' ? 'service_' : ''}${source.windowSeconds === 10 ? '10s' : '1m'}`;
  return `${table}\nWHERE ${inWindows(source.period)} AND ${named(target, isRolledUpCall)}`;
}

/** Condition on `otel_traces`. */
export const spansOf = (target: Target, range: TimeRange): string =>
  `${during('Timestamp', range)} AND ${named(target, isCall)}`;

function named(target: Target, called: string): string {
  switch (target.is) {
    case 'services':
      return `${service(target.service)} AND ${called}`;
    case 'operations': {
      const names = `${service(target.service)} AND ${like('SpanName', target.operation)}`;
      return target.spans === 'calls' ? `${names} AND ${called}` : names;
    }
    case 'nothing':
      return `(${like('ServiceName', target.name)} OR ${like('SpanName', target.name)}) AND ${called}`;
  }
}

/** Of a glob without obs itself, as names are resolved. */
const service = (pattern: Pattern): string =>
  pattern.glob && !pattern.text.startsWith(selfServiceName)
    ? `${like('ServiceName', pattern)} AND ServiceName != ${quoteText(selfServiceName)}`
    : like('ServiceName', pattern);

const like = (column: string, { text, glob }: Pattern): string =>
  glob
    ? `${column} LIKE ${quoteText(text.replaceAll(/[\\%_]/g, String.raw`\$&`).replaceAll('*', '%'))}`
    : `${column} = ${quoteText(text)}`;

/** Condition on `otel_logs`. */
export const logsOf = (services: Pattern, range: TimeRange, least: LogLevel | null): string =>
  `${during('Timestamp', range)} AND ${service(services)}${least === null ? '' : ` AND SeverityNumber >= ${logLevels[least]}`}`;

export const logCountSql = (services: Pattern, range: TimeRange, least: LogLevel | null): string =>
  `SELECT count() AS records\nFROM otel_logs\nWHERE ${logsOf(services, range, least)}`;

const severe = (least: FoundSeverity | null): string =>
  `Severity IN (${foundSeverities
    .slice(foundSeverities.indexOf(least ?? 'info'))
    .map(quoteText)
    .join(', ')})`;

/** What goes on is written at least once a minute: what is not, nobody continues (domain/still-open.ts). */
const wentOn = ({ fromMs, toMs }: TimeRange): string =>
  `Start < fromUnixTimestamp64Milli(${toMs}) AND (End >= fromUnixTimestamp64Milli(${fromMs}) OR (End IS NULL AND Version >= ${fromMs}))`;

/** Condition on `obs_anomalies FINAL`. */
export const anomaliesOf = (services: Pattern, range: TimeRange, least: FoundSeverity | null): string =>
  `${wentOn(range)} AND ${service(services)} AND ${severe(least)}`;

/** Condition on `obs_incidents FINAL`; those that went into others have no anomalies. */
export const incidentsOf = (range: TimeRange, least: FoundSeverity | null): string =>
  `${wentOn(range)} AND notEmpty(AnomalyIds) AND ${severe(least)}`;

/** How many there were, and how many windows the analyzer looked at: none of none says nothing. */
export function foundCountSql(
  found: { readonly table: 'obs_anomalies' | 'obs_incidents'; readonly where: string },
  services: Pattern,
  range: TimeRange,
): string {
  return `SELECT (SELECT count() FROM ${found.table} FINAL WHERE ${found.where}) AS found,
  (SELECT count() FROM obs_features WHERE Seconds = 10 AND Kind = 'service' AND ${inWindows(windowsOf(range, 10))} AND ${service(services)}) AS windows`;
}
