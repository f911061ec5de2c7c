import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { isDatabaseCall, pathNsBelow, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { durationOf } from '../tree-span.ts';
import { callGroups, hasFailed, overlaps, statementOf, targetText, type CallGroup } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { calls: 5, share: 0.1, failed: 0.3, overlapping: 0.2, timesUsualCalls: 2 };

/**
 * N+1: one span asks the same thing again and again, one call after the other, each quick and successful. Not when
 * the calls run at once (a fan-out), fail (retries), hardly matter for the latency, or come as often as ever.
 */
export const nPlusOne: Shape = (context) =>
  callGroups(context.tree.spans, least.calls).flatMap((group) => candidate(group, context));

function candidate({ parent, calls }: CallGroup, context: TraceContext): readonly Candidate[] {
  if (calls.filter(hasFailed).length > calls.length * least.failed) return [];
  if (overlaps(calls) > calls.length * least.overlapping) return [];
  const onPath = pathNsBelow(calls, context);
  if (shareOf(onPath, context) < least.share) return [];
  // One call that takes most of the time is a slow call, not too many.
  const longest = Math.max(...calls.map(durationOf));
  const total = calls.reduce((sum, call) => sum + durationOf(call), 0);
  if (longest > total / 2) return [];

  const call = calls[0]!;
  const usualCalls = callsPerParent(group(call, parent), context);
  const isOldHabit = usualCalls !== null && calls.length < usualCalls * least.timesUsualCalls;
  if (isOldHabit && usualCalls < least.calls) return [];
  const explained = explains(onPath * (1 - 1 / calls.length), context);
  const statement = statementOf(call);
  const asks = isDatabaseCall(call) ? 'the same statement' : 'the same call';
  const sentences = [
    `${parent.service} ${quoted(parent.operation)} makes ${asks} to ${targetText(call)} ${calls.length} times, one after the other: ` +
      `${durationText(onPath / 1e6)} (${percentText(shareOf(onPath, context) * 100)} of the trace) at ${durationText(total / calls.length / 1e6)} each.`,
    ...(statement === undefined ? [] : [`Statement: ${quoted(statement)}.`]),
    usualCalls === null
      ? 'This operation has no history to compare the number of calls with.'
      : `Usually it makes ${usualCalls < 0.05 ? 'none' : `about ${usualCalls.toFixed(1)}`} of these.`,
    'Ask once for all of them: a JOIN, an IN list, or a batch call.',
  ];
  return [
    {
      id: 'n-plus-one',
      title: `N+1: ${countText(calls.length, 'call')} of ${quoted(call.operation)} in a row`,
      severity: isOldHabit ? 'info' : severityOf(explained.percent),
      culprit: culpritOf(parent, { dependency: targetText(call) }),
      explains: explained,
      sentences,
      spans: idsOf(calls),
      // It may be worth a change, but does not tell why this trace is slower than others.
      confidence: isOldHabit ? 0.3 : isDatabaseCall(call) || calls.length >= 2 * least.calls ? 0.9 : 0.7,
      explainsFailure: false,
      evidence: [
        spansEvidence(context, `The calls, as ${parent.service} made them`, calls, ['db.query.text']),
        usualEvidence(context, 'How often both operations ran before', [call, parent]),
      ],
    },
  ];
}

const group = (call: CallGroup['calls'][number], parent: CallGroup['parent']) => ({ call, parent });

/** How many such calls one run of the parent usually makes; null without history of the parent. */
function callsPerParent({ call, parent }: ReturnType<typeof group>, { history }: TraceContext): number | null {
  const usualParent = history.of(parent);
  if (usualParent === undefined) return null;
  return (history.of(call)?.calls ?? 0) / usualParent.calls;
}
