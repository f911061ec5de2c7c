import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, pathNsBelow, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { peerOf } from '../span.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { hasFailed, mostAtOnce, targetText } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { calls: 3, times: 2, share: 0.15, savedMs: 5 };

/**
 * Fan-out: calls to like targets that run at once, of which the parent waits for the slowest alone. Not calls in a row,
 * and not calls that are all slow.
 */
export const fanOut: Shape = (context) => context.tree.spans.flatMap((parent) => candidates(parent, context));

function candidates(parent: TreeSpan, context: TraceContext): readonly Candidate[] {
  if (parent.children.length < least.calls) return [];
  const calls = parent.children.filter((child) => child.kind === 'Client' || child.kind === 'Producer');
  const alike = Map.groupBy(calls, (call) => `${call.kind} ${generalOf(call.operation)}`);
  return [...alike.values()].flatMap((same) => candidate(parent, same, context));
}

/** "GET /shard/7" and "GET shard-12" ask the like of different targets. */
const generalOf = (operation: string): string => operation.replaceAll(/\d+/g, '#');

function candidate(parent: TreeSpan, calls: readonly TreeSpan[], context: TraceContext): readonly Candidate[] {
  if (calls.length < least.calls) return [];
  const slowest = calls.reduce((most, call) => (durationOf(call) > durationOf(most) ? call : most));
  const beside = calls.filter(
    (call) => call !== slowest && call.startNs < slowest.endNs && call.endNs > slowest.startNs,
  );
  if (mostAtOnce([slowest, ...beside]) < least.calls || hasFailed(slowest)) return [];
  const durations = beside.map(durationOf).sort((a, b) => a - b);
  const median = durations[Math.floor(durations.length / 2)]!;
  if (durationOf(slowest) < median * least.times || pathNsBelow([slowest], context) === 0) return [];
  const secondEnd = Math.max(...beside.map(({ endNs }) => endNs));
  const saved = Math.min(slowest.endNs, parent.endNs) - secondEnd;
  if (saved < least.savedMs * 1e6 || shareOf(saved, context) < least.share) return [];
  const explained = explains(saved, context);
  const callee = calleeOf(slowest);
  const comparison = compare(slowest, context.history);
  const name = callee?.service ?? targetText(slowest);
  const dependency = callee === undefined ? peerOf(slowest) : undefined;
  return [
    {
      id: 'fan-out',
      title: `One of ${calls.length} calls at once holds up ${parent.service}: ${quoted(slowest.operation)}`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(callee ?? slowest, dependency === undefined ? {} : { dependency }),
      explains: explained,
      sentences: [
        `${parent.service} ${quoted(parent.operation)} makes ${calls.length} calls at once and waits for the slowest: ${durationText(durationOf(slowest) / 1e6)} for ${quoted(slowest.operation)} to ${name}, while the median of the others takes ${durationText(median / 1e6)}.`,
        `Were it as fast as the next slowest, ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace) would be saved.`,
      ],
      spans: idsOf([slowest, ...beside]),
      // Of many calls one is always the slowest: within its usual range it is no news.
      confidence: comparison === undefined ? 0.7 : comparison.isSlow ? 0.85 : 0.4,
      explainsFailure: false,
      evidence: [
        spansEvidence(context, 'The calls that ran at once', [slowest, ...beside], ['server.address']),
        usualEvidence(context, 'How long the operation took before', [slowest, parent]),
        windowsEvidence(context, slowest),
      ],
    },
  ];
}
