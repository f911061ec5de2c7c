import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import type { Symptom } from '../explanation.ts';
import type { Worse } from '../range/symptoms.ts';
import { keyOf, textList } from '../sql.ts';
import { during } from '../time-sql.ts';
import type { ComparedSide } from './comparison.ts';
import type { Difference, TraceProfile } from './profile.ts';
import { differenceText } from './words.ts';

/** What operations do in the traces of the first side and not in those of the second. */
export const symptomsOf = (
  differences: readonly Difference[],
  bad: ComparedSide,
  good: ComparedSide,
  worse: readonly Worse[],
): Effect.Effect<readonly Symptom[], QueryFailed | EngineUnavailable, QueryClient> =>
  Effect.forEach(
    differences,
    (difference) =>
      Effect.map(fetchEvidence(differenceEvidence(difference, bad, good)), (evidence) => ({
        ...symptomOf(difference, bad.profiles, worse),
        evidence: [evidence],
      })),
    { concurrency: 2 },
  );

function symptomOf(
  difference: Difference,
  bad: readonly TraceProfile[],
  worse: readonly Worse[],
): Omit<Symptom, 'evidence'> {
  const { service, operation, kind, badMs, goodMs, badErrors, goodErrors, badCalls, goodCalls } = difference;
  const inErrors = Math.abs(badErrors - goodErrors) >= 0.02;
  const what = inErrors ? 'errors' : 'duration';
  const since = worse.find((one) => keyOf(one) === keyOf(difference) && one.deviation.what === what)?.deviation;
  return {
    service,
    operation,
    kind,
    what,
    usual: goodCalls === 0 ? null : inErrors ? goodErrors : goodMs,
    present: inErrors ? badErrors : badMs,
    calls: Math.round(badCalls * bad.length),
    failed: Math.round(badErrors * bad.length),
    since: since === undefined ? null : new Date(since.fromSeconds * 1000).toISOString(),
    sentence: differenceText(difference),
  };
}

/** Calls, failures and whole durations of the operation in the traces of both sides. */
function differenceEvidence(
  { service, kind, operation }: Difference,
  bad: ComparedSide,
  good: ComparedSide,
): EvidenceQuery {
  const part = (label: string, { side: { range }, profiles }: ComparedSide): string =>
    `SELECT ${quoteText(label)} AS side, ${profiles.length} AS traces, count() AS calls, countIf(StatusCode = 'Error') AS failed, round(sum(Duration) / 1e6, 3) AS total_ms
FROM otel_traces WHERE ${during({ fromMs: range.fromMs - 60_000, toMs: range.toMs + 60_000 })}
  AND ServiceName = ${quoteText(service)} AND SpanKind = ${quoteText(kind)} AND SpanName = ${quoteText(operation)}
  AND TraceId IN ${textList(profiles.map(({ traceId }) => traceId))}`;
  return {
    title: `${service} ${operation} in both`,
    sql: `SELECT side, traces, calls, failed, total_ms FROM (\n${part('the first', bad)}\nUNION ALL\n${part('the second', good)}\n) ORDER BY side LIMIT 2`,
  };
}
