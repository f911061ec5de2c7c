import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { describeError, reachesRoot } from '../errors.ts';
import { logsEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import type { TreeSpan } from '../tree-span.ts';
import { callGroups, hasFailed, overlaps, targetText, type CallGroup } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { calls: 3, share: 0.05 };

/**
 * Retry storm: the same call again and again because it fails; all but perhaps the last attempt failed. It adds load
 * to what is in trouble already. Not a loop in which single calls fail, and not calls that run at once.
 */
export const retryStorm: Shape = (context) =>
  callGroups(context.tree.spans, least.calls).flatMap((group) => candidate(group, context));

function candidate({ parent, calls }: CallGroup, context: TraceContext): readonly Candidate[] {
  const failed = calls.filter(hasFailed);
  if (!calls.slice(0, -1).every(hasFailed) || overlaps(calls) > 0) return [];
  const last = calls.at(-1)!;
  const gaveUp = hasFailed(last);
  const spent = context.path.selfNs.has(last) ? last.startNs - calls[0]!.startNs : 0;
  const explained = explains(spent, context);
  const failsTrace = gaveUp && reachesRoot(last, context.tree);
  if (explained.percent < least.share * 100 && !failsTrace) return [];
  const { message } = describeError(failed[0]!, context.data.logs);
  const waits = waitsBetween(calls);
  return [
    {
      id: 'retry-storm',
      title: `Retry storm: ${countText(calls.length, 'attempt')} of ${quoted(calls[0]!.operation)}`,
      severity: failsTrace ? 'critical' : severityOf(explained.percent),
      culprit: culpritOf(last, { dependency: targetText(last) }),
      explains: explained,
      sentences: [
        `${parent.service} ${quoted(parent.operation)} tries ${targetText(last)} ${calls.length} times: ${failed.length} failed` +
          `${message === '' ? '' : ` with ${quoted(message)}`}, ${gaveUp ? 'and it gave up' : 'then one succeeded'}.`,
        `The attempts before the last take ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace).`,
        waits.longest < 5
          ? 'There is hardly a pause between them: back off with jitter, and cap the attempts.'
          : `Pauses between them: ${durationText(waits.shortest)} to ${durationText(waits.longest)}.`,
      ],
      spans: idsOf(calls),
      confidence: calls.length > least.calls ? 0.95 : 0.8,
      explainsFailure: failsTrace,
      evidence: [
        spansEvidence(context, 'The attempts', calls, ['http.response.status_code', 'error.type']),
        logsEvidence(context, 'Warnings and errors that the trace logged'),
        usualEvidence(context, 'How often both operations ran, and failed, before', [last, parent]),
      ],
    },
  ];
}

function waitsBetween(calls: readonly TreeSpan[]): { readonly shortest: number; readonly longest: number } {
  const waits = calls.slice(1).map((call, at) => Math.max(0, call.startNs - calls[at]!.endNs) / 1e6);
  return { shortest: Math.min(...waits), longest: Math.max(...waits) };
}
