import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { fetchEvidence, type Evidence, type EvidenceQuery } from '../evidence/evidence.ts';
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

const mostTraces = limits.assert.tracesOfEach;
const mostLines = 3;

/** A comparison that did not hold, and what was measured. */
export interface Failed extends Blamed {
  readonly measured: Measured;
}

/** What shows why comparisons did not hold; nothing does of calls that are too few. A trace is explained once. */
export const reasonsFor = Effect.fnUntraced(function* (
  failed: readonly Failed[],
  range: TimeRange,
): Effect.fn.Return<readonly Because[], QueryFailed | EngineUnavailable, QueryClient> {
  const queries = failed.flatMap((each) => {
    const query = queryOf(each, range);
    return query === null ? [] : [{ ...each, query }];
  });
  const found = yield* Effect.forEach(queries.slice(0, limits.assert.lookedInto), ({ query, ...each }) =>
    Effect.map(fetchEvidence(query), (evidence) => ({ ...each, evidence, ids: tracesIn(evidence) })),
  );
  const ids = [...new Set(found.flatMap((each) => each.ids))].slice(0, limits.assert.tracesExplained);
  const traces = new Map((yield* Effect.forEach(ids, explained)).map((trace) => [trace.traceId, trace]));
  return found.map(({ comparison, measured, evidence, ids: own }) => {
    const { unit } = measureOf(comparison.term.measure);
    const lines = evidence.rows.flatMap((row) => (typeof row['line'] === 'string' ? [row['line']] : []));
    return {
      comparison: printComparison(comparison),
      value: measured.value === null ? null : shownValue(measured.value, unit),
      unit: shownUnit[unit],
      evidence,
      traces: own.map((id) => traces.get(id) ?? notExplained(id)),
      lines: lines.slice(0, mostLines),
    };
  });
});

function queryOf({ comparison, wanted, measured }: Failed, range: TimeRange): EvidenceQuery | null {
  const { term, bound } = comparison;
  const { value, target } = measured;
  if (value === null || target === null || !isTooMuch(wanted, value, bound.value)) return null;
  return worstOf(term, target, range);
}

const tracesIn = ({ rows }: Evidence): readonly string[] =>
  [...new Set(rows.map((row) => String(row['trace'] ?? '')))].filter((id) => id !== '').slice(0, mostTraces);

const notExplained = (traceId: string): ExplainedTrace => ({
  traceId,
  verdict: null,
  finding: null,
  next: `obs explain ${traceId}`,
});

/** A trace of which the store has no index yet is named all the same. */
const explained = Effect.fnUntraced(function* (
  traceId: string,
): Effect.fn.Return<ExplainedTrace, QueryFailed | EngineUnavailable, QueryClient> {
  const explanation = yield* explainTrace(traceId).pipe(Effect.catchTag('TraceNotFound', () => Effect.succeed(null)));
  if (explanation === null) return notExplained(traceId);
  const [first] = explanation.findings;
  return {
    ...notExplained(traceId),
    verdict: explanation.verdict.sentence,
    finding: first === undefined ? null : { id: first.id, title: first.title, severity: first.severity },
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
