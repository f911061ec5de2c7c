import { environmentWord } from '../next-steps.ts';
import { Effect } from 'effect';
import { printable } from '../../domain/printable.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { fetchEvidence, type Evidence } from '../evidence/evidence.ts';
import type { Missing, Suspect, Verdict } from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { environmentSql, type Environments } from '../load/load-environments.ts';
import { missingWhen } from '../missing.ts';
import type { TimeRange } from '../question.ts';
import { at, during } from '../time-sql.ts';
import type { Worse } from './symptoms.ts';

/** How a worse operation fares in each environment that its service runs in. */
export interface ByEnvironment {
  /** The one environment that the trouble is in, while all others fare as usual; null where it is in several, or in none. */
  readonly only: string | null;
  readonly sentence: string;
  /** No environment is worse than usual by itself: the slower one is merely called more than before. */
  readonly isMixture: boolean;
  readonly evidence: readonly Evidence[];
}

/** As much of the rise of the whole is a rise of an environment; less of it is as usual. */
const worseFrom = 0.5;
const usualBelow = 0.25;
const leastCalls = 3;

interface Fares {
  readonly environment: string;
  readonly calls: number;
  readonly usualCalls: number;
  /** Mean milliseconds, or share of failed calls. */
  readonly present: number;
  readonly usual: number;
}

const sqlOf = ({ deviation, ...operation }: Worse, now: TimeRange, usual: TimeRange): string => {
  const [inNow, inUsual] = [
    `Timestamp >= ${at(now.fromMs)} AND Timestamp < ${at(now.toMs)}`,
    `Timestamp < ${at(usual.toMs)}`,
  ];
  const of = (condition: string): string =>
    deviation.what === 'errors'
      ? `round(countIf(${condition} AND StatusCode = 'Error') / greatest(1, countIf(${condition})), 4)`
      : `round(ifNotFinite(avgIf(Duration, ${condition}), 0) / 1e6, 3)`;
  return `SELECT ${environmentSql} AS environment, countIf(${inNow}) AS calls, ${of(inNow)} AS present,
  countIf(${inUsual}) AS usual_calls, ${of(inUsual)} AS usual
FROM otel_traces
WHERE ${during({ fromMs: Math.min(usual.fromMs, now.fromMs), toMs: now.toMs })} AND ((${inUsual}) OR (${inNow}))
  AND ServiceName = ${quoteText(operation.service)} AND SpanKind = ${quoteText(operation.kind)} AND SpanName = ${quoteText(operation.operation)}
GROUP BY environment ORDER BY calls DESC, environment LIMIT 20`;
};

/** Of so long before the trouble spans are read. */
const usualMs = 10 * 60_000;

/** @param usual where what is usual is taken from; null where nothing is known of it */
export const byEnvironment = Effect.fnUntraced(function* (
  worse: Worse,
  usual: TimeRange | null,
): Effect.fn.Return<ByEnvironment | null, QueryFailed | EngineUnavailable, QueryClient> {
  const { what, fromSeconds, toSeconds } = worse.deviation;
  if (what === 'traffic' || usual === null) return null;
  const now = { fromMs: fromSeconds * 1000, toMs: toSeconds * 1000 };
  const until = usual.fromMs < now.fromMs ? Math.min(usual.toMs, now.fromMs) : usual.toMs;
  const before = { fromMs: Math.max(usual.fromMs, until - usualMs), toMs: until };
  // Where the usual time was named and lies after the trouble the two cannot be told apart by one moment.
  if (before.fromMs >= now.fromMs || before.toMs > now.fromMs) return null;
  const evidence = yield* fetchEvidence({
    title: `${worse.service} ${quoted(worse.operation)} by environment: now and before`,
    sql: sqlOf(worse, now, before),
  });
  const fares = evidence.rows.map((row): Fares => ({
    environment: String(row['environment']),
    calls: Number(row['calls']),
    usualCalls: Number(row['usual_calls']),
    present: Number(row['present']),
    usual: Number(row['usual']),
  }));
  return told(worse, fares, evidence);
});

function told(worse: Worse, fares: readonly Fares[], evidence: Evidence): ByEnvironment | null {
  const known = fares.filter(({ environment, calls }) => environment !== '' && calls >= leastCalls);
  if (known.length < 2) return null;
  const { present, usual } = worse.deviation;
  const rise = present - (usual ?? 0);
  // One that was not called before has nothing to be compared with but the whole.
  const riseOf = (one: Fares): number => one.present - (one.usualCalls >= leastCalls ? one.usual : (usual ?? 0));
  const bad = known.filter((one) => riseOf(one) >= worseFrom * rise);
  const fine = known.filter((one) => riseOf(one) < usualBelow * rise);
  const [first] = bad;
  const only = first !== undefined && bad.length === 1 && fine.length === known.length - 1 ? first.environment : null;
  return {
    only,
    isMixture: fine.length === known.length,
    sentence: known.map((one) => sentenceOf(one, worse.deviation.what)).join('; '),
    evidence: [evidence],
  };
}

function sentenceOf(
  { environment, calls, usualCalls, present, usual }: Fares,
  what: Worse['deviation']['what'],
): string {
  const value = (of: number): string => (what === 'errors' ? `${percentText(of * 100)} failed` : durationText(of));
  const before = usualCalls < leastCalls ? 'never before' : value(usual);
  return `${printable(environment)} ${before} → ${value(present)} (${countText(calls, 'call')})`;
}

/** The verdict names the one environment that has the trouble, and says where none has it by itself. */
export function withEnvironment(verdict: Verdict, fares: ByEnvironment | null): Verdict {
  if (fares === null || verdict.culprit === null || (fares.only === null && !fares.isMixture)) return verdict;
  const where = fares.only === null ? 'Yet no environment by itself is worse' : `Only in ${printable(fares.only)}`;
  return { ...verdict, sentence: `${verdict.sentence} ${where}: ${fares.sentence}.` };
}

/** What shows it stands with the first suspect. */
export const withFares = (suspects: readonly Suspect[], fares: ByEnvironment | null): readonly Suspect[] =>
  fares === null || (fares.only === null && !fares.isMixture)
    ? suspects
    : suspects.map((suspect, place) =>
        place > 0
          ? suspect
          : {
              ...suspect,
              why: [...suspect.why, `by environment: ${fares.sentence}`],
              evidence: [...suspect.evidence, ...fares.evidence],
            },
      );

const mostNamed = 5;

/** Of services that ran in several environments, what was assumed of them. */
export function missingOfEnvironments(
  environments: Environments,
  concerned: ReadonlySet<string>,
  fares: ByEnvironment | null,
): readonly Missing[] {
  const services = [...environments.keys()].filter((service) => concerned.has(service)).toSorted();
  if (services.length === 0) return [];
  const names = [...new Set(services.flatMap((service) => environments.get(service) ?? []))].toSorted();
  const [one, other] = names;
  const more = services.length > mostNamed ? ` and ${countText(services.length - mostNamed, 'other')}` : '';
  return [
    ...missingWhen(
      true,
      `${services.slice(0, mostNamed).map(printable).join(', ')}${more} ran in ${names.map(printable).join(' and ')} under one name and were judged together${fares?.only == null ? '' : `, though the trouble is in ${printable(fares.only)} alone`}: trouble of the one that is called less may not show.`,
      `obs explain --compare ${environmentWord(one)} ${environmentWord(other)}, or names that differ`,
    ),
    ...missingWhen(
      fares?.isMixture === true,
      `In no environment by itself is it worse than usual (${fares?.sentence ?? ''}): the slower one is called more than before.`,
    ),
  ];
}
