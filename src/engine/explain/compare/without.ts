import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { fetchEvidence, type EvidenceQuery, type EvidenceRow } from '../evidence/evidence.ts';
import type { Without } from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { keyOf, textList, type OperationKey } from '../sql.ts';
import { during } from '../time-sql.ts';
import type { ComparedSide } from './comparison.ts';
import { differencesOf, mean, type TraceProfile } from './profile.ts';

/** As little is nothing. */
const leastMs = 0.5;
/** Traces without the cause are as those of the other side up to here; fewer of them say nothing. */
const asOther = { times: 1.3, ms: 5, errors: 0.02 } as const;
const leastTraces = 5;

/**
 * What the root operation that both sides have most traces of would take, and how many of its traces would not have failed,
 * had the suspect's part of the difference not been there. Null where nothing is to be saved.
 * @param suspect a service
 */
export const withoutSuspect = Effect.fnUntraced(function* (
  bad: ComparedSide,
  good: ComparedSide,
  root: OperationKey,
  suspect: string,
): Effect.fn.Return<Without | null, QueryFailed | EngineUnavailable, QueryClient> {
  const [ofBad, ofGood] = [ofRoot(bad, root), ofRoot(good, root)];
  if (ofBad.length === 0 || ofGood.length === 0) return null;
  const presentMs = mean(ofBad, ({ durationMs }) => durationMs);
  const wholeMs = presentMs - mean(ofGood, ({ durationMs }) => durationMs);
  const saved = Math.min(partOf(suspect, ofBad, ofGood), Math.max(0, wholeMs));
  const savedMs = saved < leastMs ? 0 : saved;
  const errorsAvoided = failuresOf(suspect, ofBad, ofGood);
  if (savedMs === 0 && errorsAvoided === 0) return null;
  const evidence = yield* fetchEvidence(
    bothSides(suspect, root, [
      { ...bad, profiles: ofBad },
      { ...good, profiles: ofGood },
    ]),
  );
  const name = `${printable(root.service)} ${quoted(root.operation)}`;
  const savedPercent = presentMs === 0 ? 0 : Math.round((savedMs / presentMs) * 1000) / 10;
  const parts = [
    ...(savedMs > 0
      ? [
          `${name} would take ${durationText(presentMs - savedMs)} on average, not ${durationText(presentMs)}: ${percentText(savedPercent)} less`,
        ]
      : []),
    ...(errorsAvoided > 0
      ? [`about ${errorsAvoided} of ${countText(ofBad.length, 'trace')} of ${name} would not have failed`]
      : []),
  ];
  return {
    savedMs: Math.round(savedMs * 1000) / 1000,
    savedPercent,
    errorsAvoided,
    sentence: `Without what ${printable(suspect)} does otherwise ${parts.join(', and ')}.`,
    check: checkOf(evidence.rows, suspect, savedMs > 0),
    evidence: [evidence],
  };
});

const ofRoot = ({ profiles }: ComparedSide, root: OperationKey): readonly TraceProfile[] =>
  profiles.filter(({ operation }) => keyOf(operation) === keyOf(root));

/** What the service itself spends more a trace; where that is less than half of what is spent below it, all of that: it is what it calls for. */
function partOf(service: string, bad: readonly TraceProfile[], good: readonly TraceProfile[]): number {
  const own = differencesOf(bad, good)
    .filter((difference) => difference.service === service)
    .reduce((sum, { badMs, goodMs }) => sum + badMs - goodMs, 0);
  const of = (profile: TraceProfile): number => profile.belowMs.get(service) ?? 0;
  const below = mean(bad, of) - mean(good, of);
  return own >= below / 2 ? own : below;
}

/** Failed traces beyond the other side's share, as far as calls of the service failed more. */
function failuresOf(service: string, bad: readonly TraceProfile[], good: readonly TraceProfile[]): number {
  const failsMore = differencesOf(bad, good).some((one) => one.service === service && one.badErrors > one.goodErrors);
  if (!failsMore) return 0;
  const shareOf = (side: readonly TraceProfile[]): number => mean(side, ({ failed }) => Number(failed));
  return Math.max(0, Math.round((shareOf(bad) - shareOf(good)) * bad.length));
}

/** The root operation on both sides, in traces that pass through the suspect and in those that do not. */
function bothSides(suspect: string, root: OperationKey, sides: readonly [ComparedSide, ComparedSide]): EvidenceQuery {
  const part = (label: string, { side, profiles }: ComparedSide): string => {
    const { fromMs, toMs } = side.range;
    const traces = `${during({ fromMs: fromMs - 60_000, toMs: toMs + 60_000 })} AND TraceId IN ${textList(profiles.map(({ traceId }) => traceId))}`;
    return `SELECT ${quoteText(label)} AS side, toUInt8(TraceId IN (
    SELECT TraceId FROM otel_traces WHERE ${traces} AND ServiceName = ${quoteText(suspect)}
  )) AS passed, max(Duration) AS duration, max(StatusCode = 'Error') AS failed
FROM otel_traces WHERE ${traces}
  AND ServiceName = ${quoteText(root.service)} AND SpanKind = ${quoteText(root.kind)} AND SpanName = ${quoteText(root.operation)}
GROUP BY side, TraceId`;
  };
  return {
    title: `${root.service} ${root.operation} in both, by whether traces pass through ${suspect}`,
    sql: `SELECT side, passed, count() AS traces, sum(failed) AS failed, round(avg(duration) / 1e6, 3) AS mean_ms FROM (
${part('the first', sides[0])}
UNION ALL
${part('the second', sides[1])}
) GROUP BY side, passed ORDER BY side, passed LIMIT 4`,
  };
}

/** How traces of the first side fared that did not pass through the suspect; null where there are next to none. */
function checkOf(rows: readonly EvidenceRow[], suspect: string, isDuration: boolean): Without['check'] {
  const rowsOf = (side: string): readonly EvidenceRow[] => rows.filter((row) => row['side'] === side);
  const absent = rowsOf('the first').find((row) => Number(row['passed']) === 0);
  const traces = Number(absent?.['traces'] ?? 0);
  if (absent === undefined || traces < leastTraces) return null;
  const other = totalOf(rowsOf('the second'));
  const [meanMs, failed] = [Number(absent['mean_ms']), Number(absent['failed'])];
  const holds = isDuration
    ? meanMs <= other.meanMs * asOther.times + asOther.ms
    : failed / traces <= other.failed / other.traces + asOther.errors;
  const fared = isDuration ? `took ${durationText(meanMs)} on average` : `failed in ${countText(failed, 'case')}`;
  return {
    traces,
    holds,
    sentence: `${countText(traces, 'trace')} of the first side did not pass through ${printable(suspect)}, and ${fared}: ${holds ? 'as the other side, so it holds' : 'not as the other side either, so it is not the whole cause'}.`,
  };
}

function totalOf(rows: readonly EvidenceRow[]) {
  const traces = rows.reduce((sum, row) => sum + Number(row['traces']), 0);
  return {
    traces: Math.max(1, traces),
    failed: rows.reduce((sum, row) => sum + Number(row['failed']), 0),
    meanMs: rows.reduce((sum, row) => sum + Number(row['traces']) * Number(row['mean_ms']), 0) / Math.max(1, traces),
  };
}
