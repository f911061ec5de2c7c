import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import type { Candidate } from '../candidate.ts';
import { calleeOf, type TraceContext } from '../context.ts';
import { type Evidence, type EvidenceQuery, fetchEvidence } from '../evidence/evidence.ts';
import { countText, quoted } from '../format.ts';
import { peerOf } from '../span.ts';
import { second } from '../sql.ts';
import { windowAt } from '../times.ts';
import type { TreeSpan } from '../tree-span.ts';

/** Whole windows up to the trace in which it answered nothing, and before them those in which it did. */
const silentSeconds = 20;
const beforeSeconds = 600;
const leastBefore = 5;

/**
 * A call that failed unanswered, to a service that answers nobody any more, is that service's failure: the finding is about
 * it, with the rows that show it. Nothing is asked where no call failed so.
 */
export const blameSilentCallee = Effect.fnUntraced(function* (
  candidates: readonly Candidate[],
  context: TraceContext,
): Effect.fn.Return<readonly Candidate[], QueryFailed | EngineUnavailable, QueryClient> {
  // Several findings may be about one call: its service is asked about once.
  const asked = new Map<string, Evidence>();
  return yield* Effect.forEach(candidates, (candidate) => {
    const call = unansweredCall(candidate, context);
    return call === undefined ? Effect.succeed(candidate) : silentOr(candidate, call, context, asked);
  });
});

function unansweredCall({ explainsFailure, culprit }: Candidate, { tree }: TraceContext): TreeSpan | undefined {
  if (!explainsFailure) return undefined;
  const span = tree.spans.find(({ spanId }) => spanId === culprit.spanId);
  return span?.kind === 'Client' && calleeOf(span) === undefined && peerOf(span) !== undefined ? span : undefined;
}

const silentOr = Effect.fnUntraced(function* (
  candidate: Candidate,
  call: TreeSpan,
  context: TraceContext,
  asked: Map<string, Evidence>,
): Effect.fn.Return<Candidate, QueryFailed | EngineUnavailable, QueryClient> {
  const service = serviceNamed(peerOf(call)!);
  const evidence =
    asked.get(service) ?? (yield* fetchEvidence(answeredEvidence(service, windowAt(context.data.originNs))));
  asked.set(service, evidence);
  const { rows } = evidence;
  const [before, lately] = [Number(rows[0]?.['calls_before']), Number(rows[0]?.['calls_lately'])];
  if (!(before >= leastBefore) || lately > 0) return candidate;
  return {
    ...candidate,
    title: `${printable(service)} does not answer: ${call.service} ${quoted(call.operation)} fails`,
    culprit: { service, operation: '', spanId: candidate.culprit.spanId },
    sentences: [
      ...candidate.sentences.slice(0, 1),
      `${printable(service)} answered nothing in the ${silentSeconds} s up to this trace, and ${countText(before, 'call')} in the ten minutes before.`,
      ...candidate.sentences.slice(1),
    ],
    evidence: [evidence, ...candidate.evidence],
  };
});

/** `stock`, also where the call names a host: `stock.shop.svc.cluster.local`, `stock:8080`. */
const serviceNamed = (peer: string): string => (/^\d+(\.|$)/.test(peer) ? peer : (/^[^.:]+/.exec(peer)?.[0] ?? peer));

function answeredEvidence(service: string, window: number): EvidenceQuery {
  const [from, since, to] = [window - silentSeconds - beforeSeconds, window - silentSeconds, window + 10];
  return {
    title: `Calls that ${printable(service)} answered up to this trace, and before`,
    sql: `SELECT sumIf(Calls, Time < ${second(since)}) AS calls_before, sumIf(Calls, Time >= ${second(since)}) AS calls_lately
FROM obs_red_service_10s
WHERE Time >= ${second(from)} AND Time < ${second(to)} AND ServiceName = ${quoteText(service)} AND SpanKind IN ('Server', 'Consumer')
LIMIT 1`,
  };
}
