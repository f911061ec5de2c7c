import { mostBefore } from '../../cause/records/resources.ts';
import type { ResourceSeries } from '../../cause/records/input.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { TimeRange } from '../question.ts';
import { at } from '../time-sql.ts';
import { beforeMs } from './read-resources.ts';
import { instanceSql } from './read-window.ts';

/** A resource in the time that is asked about (its highest value), and before (the middle one). */
export interface LevelRow {
  readonly window: 'asked about' | 'before';
  readonly value: number;
  readonly points: string | number;
}

export function levelsSql({ service, instance, metric }: ResourceSeries, { fromMs, toMs }: TimeRange): string {
  const points = `FROM otel_metrics_gauge WHERE ServiceName = ${quoteText(service)} AND MetricName = ${quoteText(metric)}
    AND ${instanceSql} = ${quoteText(instance)}`;
  return `SELECT window, value, points FROM (
  SELECT 'asked about' AS window, max(Value) AS value, count() AS points
  ${points} AND TimeUnix >= ${at(fromMs)} AND TimeUnix < ${at(toMs)}
  UNION ALL
  SELECT 'before' AS window, quantileExactInclusive(0.5)(Value) AS value, count() AS points FROM (
    SELECT Value ${points} AND TimeUnix >= ${at(fromMs - beforeMs)} AND TimeUnix < ${at(fromMs)}
    ORDER BY TimeUnix DESC, Value LIMIT ${mostBefore}
  )
) WHERE points > 0 ORDER BY window LIMIT 2`;
}

export function levelsOf(rows: readonly LevelRow[]): { readonly present: number; readonly usual: number } | null {
  const [present, usual] = (['asked about', 'before'] as const).map((name) =>
    rows.find(({ window }) => window === name),
  );
  return present === undefined || usual === undefined ? null : { present: present.value, usual: usual.value };
}
