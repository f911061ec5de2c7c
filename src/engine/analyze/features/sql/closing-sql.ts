import { quoteText } from '../../../store/sql-text.ts';
import { operationCalls, serviceCalls } from './calls-sql.ts';
import { metrics } from './metrics-sql.ts';
import { pointTables } from './points-sql.ts';
import { keptOfMinute, serviceLogs, serviceStarts } from './service-sql.ts';
import { callsBetween, type MinuteSample } from './spans-sql.ts';
import { marks, type WindowRun } from './window-sql.ts';

/** In the order of the select of `closingSql`. */
export const closingColumns: readonly string[] = [
  'Time',
  'Seconds',
  'Kind',
  'ServiceName',
  'Subject',
  'Values',
  'Marks',
  'Version',
];

/**
 * Looking for chains of comparisons takes longer than everything else that these statements do: half of their CPU. One
 * thread: nobody waits for a window, and the other cores are the queries'.
 */
const settings = 'optimize_and_compare_chain = 0, max_threads = 1';

/**
 * All rows of the windows of a run, in one select: each rollup and each table of points is read once, spans by minutes
 * alone, and never for a window that is worked out once more.
 */
export function closingSql(run: WindowRun, samples: readonly MinuteSample[]): string {
  const parts = [serviceCalls(run), operationCalls(run), serviceLogs(run), serviceStarts(run)];
  const points = pointTables.flatMap(({ table }) => (run.tables === null || run.tables.has(table) ? [table] : []));
  if (points.length > 0) parts.push(metrics(run, points));
  if (run.seconds === 60) parts.push(run.late === null ? callsBetween(run, samples) : keptOfMinute(run));
  const union = parts.join('\nUNION ALL\n');
  const late = run.late?.map(({ time, service }) => `(${time}, ${quoteText(service)})`).join(', ');
  return `SELECT toDateTime(w), ${run.seconds}, Kind, ServiceName, Subject, CAST(f, 'Map(LowCardinality(String), Float64)'),
  arrayConcat(if(has(m, '-') AND NOT has(m, '+'), ['gap'], []), arraySort(arrayFilter(mark -> mark NOT IN ('+', '-'), m)),
    ${marks(late === undefined ? '[]' : "['late']")}),
  toUnixTimestamp64Milli(now64(3))
FROM (
SELECT w, Kind, ServiceName, Subject, arrayFilter(v -> isFinite(v.2), arrayFlatten(groupArray(V))) AS f, groupUniqArrayArray(M) AS m
FROM (
${union}
)${late === undefined ? '' : `\nWHERE (w, ServiceName) IN (${late})`}
GROUP BY w, Kind, ServiceName, Subject
)
WHERE notEmpty(f) OR notEmpty(m)
SETTINGS ${settings}`;
}
