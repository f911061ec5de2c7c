import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { fetchEvidence, type EvidenceQuery } from '../evidence/evidence.ts';
import type { Without } from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { during, oneIn, sampled } from '../time-sql.ts';
import type { Worse } from './symptoms.ts';

/** Traces without the cause are as usual up to here. */
const asUsual = { times: 1.3, ms: 5, errors: 0.02 } as const;
/** Fewer say nothing. */
const leastTraces = 5;

/**
 * What would have been without the cause, at the operation where customers feel it most; checked against those of its
 * traces at the same time that did not pass through the culprit. Null where nothing is to be saved.
 */
export const withoutCause = Effect.fnUntraced(function* (
  felt: Worse,
  culprit: { readonly service: string; readonly operation: string | null; readonly isSilent: boolean },
  spans: number,
): Effect.fn.Return<Without | null, QueryFailed | EngineUnavailable, QueryClient> {
  const { what, usual, present, calls, failed } = felt.deviation;
  if (what === 'traffic' || usual === null) return null;
  const savedMs = what === 'duration' ? present - usual : 0;
  const errorsAvoided = what === 'errors' ? Math.round(failed - calls * usual) : 0;
  const name = `${printable(felt.service)} ${quoted(felt.operation)}`;
  const sentence =
    what === 'duration'
      ? `Without it ${name} would take ${durationText(usual)} on average, not ${durationText(present)}: ${percentText((savedMs / present) * 100)} less, in ${countText(calls, 'call')}.`
      : `Without it about ${countText(errorsAvoided, 'call')} of ${name} would not have failed.`;
  const base = {
    savedMs: Math.round(savedMs * 1000) / 1000,
    savedPercent: what === 'duration' ? Math.round((savedMs / present) * 1000) / 10 : 0,
    errorsAvoided,
    sentence,
  };
  if (culprit.service === felt.service || culprit.isSilent) return { ...base, check: null, evidence: [] };
  const evidence = yield* fetchEvidence(absenceEvidence(felt, culprit, spans));
  const absent = evidence.rows.find((row) => Number(row['touched']) === 0);
  return { ...base, check: absent === undefined ? null : checkOf(absent, felt), evidence: [evidence] };
});

function checkOf(row: Readonly<Record<string, unknown>>, { deviation }: Worse): Without['check'] {
  const [traces, meanMs, failed] = [Number(row['traces']), Number(row['mean_ms']), Number(row['failed'])];
  if (traces < leastTraces) return null;
  const usual = deviation.usual ?? 0;
  const holds =
    deviation.what === 'duration'
      ? meanMs <= usual * asUsual.times + asUsual.ms
      : failed / traces <= usual + asUsual.errors;
  const fared =
    deviation.what === 'duration'
      ? `took ${durationText(meanMs)} on average`
      : `failed in ${countText(failed, 'case')}`;
  return {
    traces,
    holds,
    sentence: `${countText(traces, 'trace')} of that time did not pass there, and ${fared}: ${holds ? 'as usual, so it holds' : 'not as usual either, so it is not the whole cause'}.`,
  };
}

/** Traces of the operation that pass through the culprit, and those that do not, in the stretch that is worse. */
function absenceEvidence(
  { deviation, ...felt }: Worse,
  { service, operation }: { readonly service: string; readonly operation: string | null },
  spans: number,
): EvidenceQuery {
  const range = { fromMs: deviation.fromSeconds * 1000, toMs: deviation.toSeconds * 1000 };
  const time = `${during(range)}${sampled(oneIn(spans, 4 * limits.explain.edgeSpans))}`;
  const there = operation === null ? '' : ` AND SpanName = ${quoteText(operation)}`;
  return {
    title: `Traces that pass through ${printable(service)}, and those that do not`,
    sql: `SELECT toUInt8(TraceId IN (
    SELECT TraceId FROM otel_traces WHERE ${time} AND ServiceName = ${quoteText(service)}${there}
  )) AS touched, count() AS traces, countIf(StatusCode = 'Error') AS failed, round(avg(Duration) / 1e6, 3) AS mean_ms
FROM otel_traces
WHERE ${time} AND ServiceName = ${quoteText(felt.service)} AND SpanKind = ${quoteText(felt.kind)} AND SpanName = ${quoteText(felt.operation)}
GROUP BY touched ORDER BY touched`,
  };
}
