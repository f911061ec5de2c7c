import { Clock, Effect } from 'effect';
import type { BadInput, EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { QueryClient } from '../../store/query-client.ts';
import type { Explanation, Missing } from '../explanation.ts';
import { countText } from '../format.ts';
import { missingWhen } from '../missing.ts';
import type { Question } from '../question.ts';
import { textList } from '../sql.ts';
import { during } from '../time-sql.ts';
import { compareSides } from './comparison.ts';
import { timeOfTraces } from './sides.ts';
import { tellComparison } from './tell.ts';

/** Others are looked for this long around the traces. */
const aroundMs = 15 * 60_000;

/** What these traces have in common that others of the same root operations have not. */
export const explainTraces = Effect.fn('explainTraces')(function* (
  question: Extract<Question, { readonly ask: 'traces' }>,
): Effect.fn.Return<Explanation, BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const traceIds = question.traceIds.slice(0, limits.explain.sideTraces);
  const leftOut = [...question.traceIds.slice(traceIds.length), ...(question.leftOut ?? [])];
  const now = yield* Clock.currentTimeMillis;
  const range = yield* timeOfTraces(traceIds);
  // Nothing is usual in the future; clocks of the traces themselves may be ahead.
  const toMs = Math.max(range.toMs, Math.min(range.toMs + aroundMs, now));
  const around = { fromMs: range.fromMs - aroundMs, toMs };
  const where = `${during(around)} AND ParentSpanId = '' AND (ServiceName, SpanName) IN (
    SELECT ServiceName, SpanName FROM otel_traces WHERE ${during(range)} AND ParentSpanId = '' AND TraceId IN ${textList(traceIds)})`;
  const others = yield* client.rows<{ readonly id: string }>(
    `SELECT TraceId AS id FROM otel_traces WHERE ${where} AND TraceId NOT IN ${textList([...traceIds, ...leftOut])}
GROUP BY id ORDER BY cityHash64(id), id LIMIT ${limits.explain.sideTraces}`,
  );
  const compared = yield* compareSides(
    {
      label: traceIds.length === 1 ? 'this trace' : `these ${traceIds.length} traces`,
      where: `${during(range)} AND TraceId IN ${textList(traceIds)}`,
      range,
      traceIds,
    },
    { label: 'others of the same operations', where, range: around, traceIds: others.map(({ id }) => id) },
  );
  return yield* tellComparison({
    question,
    compared,
    since: { worse: [], onset: null },
    assumed: leftOutText(traceIds.length, leftOut.length),
  });
});

const leftOutText = (read: number, leftOut: number): readonly Missing[] =>
  missingWhen(
    leftOut > 0,
    `${countText(read + leftOut, 'trace')}${leftOut < limits.explain.leftOutTraces ? '' : ' and more'} were given; the first ${read} stand for all.`,
    null,
  );
