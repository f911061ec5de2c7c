import { printable } from '../../domain/printable.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import { quoted } from '../format.ts';
import { at, during } from '../time-sql.ts';
import { instanceSql } from './read-window.ts';

interface Run {
  readonly traceId: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
}

const aroundMs = 60_000;

/** One run that shows it: its spans within the instance, and what it logged. */
export function runEvidence({ traceId, name, startMs, durationMs }: Run, instance: string): readonly EvidenceQuery[] {
  const range = { fromMs: startMs - aroundMs, toMs: startMs + durationMs + aroundMs };
  const of = `TraceId = ${quoteText(traceId)} AND ${instanceSql} = ${quoteText(instance)}`;
  return [
    {
      title: `A run of ${quoted(name)} that shows it, in ${printable(instance)}`,
      sql: `SELECT SpanName AS operation, SpanKind AS kind, Timestamp AS start, round(Duration / 1e6, 3) AS duration_ms, StatusCode AS status, SpanId AS span
FROM otel_traces WHERE ${during(range)} AND ${of}
ORDER BY Timestamp, SpanId LIMIT 40`,
    },
    {
      title: 'What it logged',
      sql: `SELECT Timestamp AS time, SeverityText AS severity, Body AS body, SpanId AS span
FROM otel_logs WHERE Timestamp >= ${at(range.fromMs)} AND Timestamp < ${at(range.toMs)} AND ${of}
ORDER BY Timestamp, SpanId, Body LIMIT 40`,
    },
  ];
}
