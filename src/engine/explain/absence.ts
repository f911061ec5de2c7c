import { printable } from '../domain/printable.ts';
import { quoteText } from '../store/sql-text.ts';
import type { EvidenceQuery, EvidenceRow } from './evidence/evidence.ts';
import type { Without } from './explanation.ts';
import { countText, durationText } from './format.ts';
import type { TimeRange } from './question.ts';
import type { OperationKey } from './sql.ts';
import { during } from './time-sql.ts';

/** Traces of an operation in a time, and what some of them pass through. */
export interface Passing extends OperationKey {
  readonly range: TimeRange;
  /** Which traces are read: a condition that begins with ` AND`, empty for all. */
  readonly sample: string;
  readonly culprit: {
    readonly service: string;
    /** All of the service's where null. */
    readonly operation: string | null;
    /** Of these spans alone, such as those of a version: a condition on columns of otel_traces. */
    readonly where?: string;
  };
}

/** How the operation's durations are summed up: as what is usual was. */
export type Middle = 'mean' | 'median';

/** Those of its traces that pass through the culprit, and those that do not. */
export function absenceEvidence(passing: Passing, middle: Middle): EvidenceQuery {
  const { culprit, range, sample } = passing;
  const time = `${during(range)}${sample}`;
  const there = culprit.operation === null ? '' : ` AND SpanName = ${quoteText(culprit.operation)}`;
  const more = culprit.where === undefined ? '' : ` AND ${culprit.where}`;
  const ns = middle === 'mean' ? 'avg(Duration)' : 'quantileExact(0.5)(Duration)';
  return {
    title: `Traces that pass through ${printable(culprit.service)}, and those that do not`,
    sql: `SELECT toUInt8(TraceId IN (
    SELECT TraceId FROM otel_traces WHERE ${time} AND ServiceName = ${quoteText(culprit.service)}${there}${more}
  )) AS touched, count() AS traces, countIf(StatusCode = 'Error') AS failed, round(${ns} / 1e6, 3) AS ${middle}_ms
FROM otel_traces
WHERE ${time} AND ServiceName = ${quoteText(passing.service)} AND SpanKind = ${quoteText(passing.kind)} AND SpanName = ${quoteText(passing.operation)}
GROUP BY touched ORDER BY touched LIMIT 2`,
  };
}

/** Traces without the cause are as usual up to here. */
const asUsual = { times: 1.3, ms: 5, errors: 0.02 } as const;
/** Fewer say nothing. */
const leastTraces = 5;

/**
 * Whether those without the culprit fared as usual, from the rows of `absenceEvidence`; null where there are too few.
 * @param usual milliseconds, or the share of calls that fails
 */
export function checkOf(
  rows: readonly EvidenceRow[],
  { what, usual, middle }: { readonly what: 'duration' | 'errors'; readonly usual: number; readonly middle: Middle },
): Without['check'] {
  const absent = rows.find((row) => Number(row['touched']) === 0);
  if (absent === undefined) return null;
  const [traces, ms, failed] = [Number(absent['traces']), Number(absent[`${middle}_ms`]), Number(absent['failed'])];
  if (traces < leastTraces) return null;
  const holds =
    what === 'duration' ? ms <= usual * asUsual.times + asUsual.ms : failed / traces <= usual + asUsual.errors;
  const fared =
    what === 'duration'
      ? `took ${durationText(ms)} ${middle === 'mean' ? 'on average' : 'in the median'}`
      : `failed in ${countText(failed, 'case')}`;
  return {
    traces,
    holds,
    sentence: `${countText(traces, 'trace')} of that time did not pass there, and ${fared}: ${holds ? 'as usual, so it holds' : 'not as usual either, so it is not the whole cause'}.`,
  };
}
