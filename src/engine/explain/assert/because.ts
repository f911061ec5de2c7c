import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import { explainTrace } from '../explain-trace.ts';
import type { TimeRange } from '../question.ts';
import type { Because, ExplainedTrace } from './answer.ts';
import { isTooMuch, type Blamed } from './evaluate.ts';
import { measureOf, type Term } from './language/expression.ts';
import { printComparison } from './language/print.ts';
import { leastLevel, type Measured } from './measure.ts';
import type { Target } from './resolve.ts';
import { anomaliesOf, incidentsOf, logsOf, spansOf } from './sql.ts';
import { shownUnit, shownValue } from './values.ts';

const mostTraces = limits.assert.tracesExplained;
const mostLines = 3;

/** What shows why a comparison did not hold; null where nothing does, as for calls that are too few. */
export const becauseOf = Effect.fnUntraced(function* (
  { comparison, wanted }: Blamed,
  { value, target }: Measured,
  range: TimeRange,
): Effect.fn.Return<Because | null, QueryFailed | EngineUnavailable, QueryClient> {
  const { term, bound } = comparison;
  if (value === null || target === null || !isTooMuch(wanted, value, bound.value)) return null;
  const query = worstOf(term, target, range);
  if (query === null) return null;
  const evidence = yield* fetchEvidence(query);
  const ids = [...new Set(evidence.rows.map((row) => String(row['trace'] ?? '')))].filter((id) => id !== '');
  const lines = evidence.rows.flatMap((row) => (typeof row['line'] === 'string' ? [row['line']] : []));
  const traces = yield* Effect.forEach(ids.slice(0, mostTraces), explained);
  const { unit } = measureOf(term.measure);
  return {
    comparison: printComparison(comparison),
    value: shownValue(value, unit),
    unit: shownUnit[unit],
    evidence,
    traces,
    lines: lines.slice(0, mostLines),
  };
});

/** A trace of which the store has no index yet is named all the same. */
const explained = Effect.fnUntraced(function* (
  traceId: string,
): Effect.fn.Return<ExplainedTrace, QueryFailed | EngineUnavailable, QueryClient> {
  const next = `obs explain ${traceId}`;
  const explanation = yield* explainTrace(traceId).pipe(Effect.catchTag('TraceNotFound', () => Effect.succeed(null)));
  if (explanation === null) return { traceId, verdict: null, finding: null, next };
  const [first] = explanation.findings;
  return {
    traceId,
    verdict: explanation.verdict.sentence,
    finding: first === undefined ? null : { id: first.id, title: first.title, severity: first.severity },
    next,
  };
});

/** The statement that gives the traces, records or findings that make a value what it is. */
function worstOf(term: Term, target: Target, range: TimeRange): EvidenceQuery | null {
  const { of, unit } = measureOf(term.measure);
  if (of === 'calls') {
    const where = `FROM otel_traces\nWHERE ${spansOf(target, range)} AND TraceId != ''`;
    const call = `TraceId AS trace, ServiceName AS service, SpanName AS operation, round(Duration / 1e6, 6) AS duration_ms, StatusCode AS status`;
    if (unit === 'duration') {
      const sql = `SELECT ${call}\n${where}\nORDER BY Duration DESC, TraceId, SpanId LIMIT 1 BY TraceId LIMIT ${mostTraces}`;
      return { title: 'Traces with the longest calls', sql };
    }
    if (term.measure === 'errors' || term.measure === 'error_rate') {
      const sql = `SELECT ${call}, StatusMessage AS message\n${where} AND StatusCode = 'Error'\nORDER BY Timestamp, TraceId, SpanId LIMIT 1 BY TraceId LIMIT ${mostTraces}`;
      return { title: 'Traces with the first failed calls', sql };
    }
    const sql = `SELECT TraceId AS trace, count() AS calls\n${where}\nGROUP BY trace ORDER BY calls DESC, trace LIMIT ${mostTraces}`;
    return { title: 'Traces with the most calls', sql };
  }
  // Services, since measures of these subjects are of nothing else.
  if (target.is !== 'services') return null;
  if (of === 'logs') {
    const sql = `SELECT substringUTF8(Body, 1, 300) AS line, ServiceName AS service, SeverityText AS severity, TraceId AS trace
FROM otel_logs\nWHERE ${logsOf(target.service, range, leastLevel(term))}
ORDER BY Timestamp, ServiceName, Body LIMIT ${mostLines}`;
    return { title: 'First log records', sql };
  }
  const least = term.filter?.filter === 'severity' ? term.filter.least : null;
  const where =
    of === 'anomalies'
      ? `obs_anomalies FINAL\nWHERE ${anomaliesOf(target.service, range, least)}`
      : `obs_incidents FINAL\nWHERE ${incidentsOf(range, least)}`;
  const sql = `SELECT Id AS id, Summary AS line, Severity AS severity FROM ${where}\nORDER BY Start, Id LIMIT ${mostLines}`;
  return { title: `First ${of}`, sql };
}
