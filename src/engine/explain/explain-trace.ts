import { Clock, Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, TraceNotFound } from '../domain/errors.ts';
import type { QueryClient } from '../store/query-client.ts';
import { isArriving } from './arriving.ts';
import type { Candidate } from './candidate.ts';
import type { TraceContext } from './context.ts';
import { describe } from './describe.ts';
import { fetchEvidence } from './evidence/evidence.ts';
import type { Finding, Missing, TraceExplanation } from './explanation.ts';
import { loadContext } from './load/load-context.ts';
import { missingWhen } from './missing.ts';
import { rank } from './rank.ts';
import { blameSilentCallee } from './trace/silent-callee.ts';
import { allShapes } from './shapes/all-shapes.ts';
import { isoOf } from './sql.ts';
import { readCircumstances } from './trace/circumstances.ts';

/** A trace that still arrives is looked at again after `waitMs`, until as many looks in a row saw no new span. */
const waitMs = 500;
const quietLooks = 4;
const mostLooks = 20;

/**
 * Explains one trace from what the store holds: deterministic, no model involved. `traceId` is a full id; beginnings
 * of ids and "the slowest" are resolved by `resolveTrace`. A trace of which spans are still under way is waited for, a
 * few seconds at most; what then lacks is said.
 */
export const explainTrace = Effect.fn('explainTrace')(function* (
  traceId: string,
): Effect.fn.Return<TraceExplanation, TraceNotFound | QueryFailed | EngineUnavailable, QueryClient> {
  let context = yield* loadContext(traceId);
  let quiet = 0;
  for (let look = 0; look < mostLooks && quiet < quietLooks; look++) {
    if (!isArriving(context, yield* Clock.currentTimeMillis)) break;
    yield* Effect.sleep(waitMs);
    const before = context.data.spans.length;
    context = yield* loadContext(traceId);
    quiet = context.data.spans.length > before ? 0 : quiet + 1;
  }
  const candidates = yield* blameSilentCallee(findShapes(context), context);
  const [findings, circumstances] = yield* Effect.all(
    [Effect.forEach(candidates, withEvidence, { concurrency: 2 }), readCircumstances(context, candidates)],
    { concurrency: 2 },
  );
  const answer = describe(context, findings, circumstances);
  return { ...answer, missing: [...futureOf(context, yield* Clock.currentTimeMillis), ...answer.missing] };
});

/** Clocks differ by so much without anybody minding. */
const leastAheadMs = 60_000;

function futureOf({ data }: TraceContext, nowMs: number): readonly Missing[] {
  return missingWhen(
    Number(data.originNs / 1_000_000n) > nowMs + leastAheadMs,
    `The trace begins in the future, at ${isoOf(data.originNs).slice(0, 19)}Z: its clock is ahead, and only what was sent with such times is its history.`,
    'Synchronise its clock (NTP)',
  );
}

/** What every shape sees in the trace, the most telling first. Pure. */
export const findShapes = (context: TraceContext): readonly Candidate[] =>
  rank(Object.values(allShapes).flatMap((shape) => shape(context)));

export const withEvidence = Effect.fnUntraced(function* (
  candidate: Candidate,
): Effect.fn.Return<Finding, QueryFailed | EngineUnavailable, QueryClient> {
  const evidence = yield* Effect.forEach(candidate.evidence, fetchEvidence);
  const { explainsFailure: _, ...finding } = candidate;
  return { ...finding, evidence };
});
