import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { isDatabaseCall, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { hasFailed, overlaps, targetText } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { calls: 3, share: 0.25, savedMs: 10, pauseShare: 0.1 };

/**
 * Calls to different services, one straight after the other, that might run at once. Whether one needs the other's
 * answer cannot be seen from outside, so this is a hint. Statements of one database connection cannot overlap.
 */
export const serialCalls: Shape = (context) => context.tree.spans.flatMap((parent) => candidate(parent, context));

function candidate(parent: TreeSpan, context: TraceContext): readonly Candidate[] {
  const calls = parent.children.filter(
    (call) => call.kind === 'Client' && !isDatabaseCall(call) && !hasFailed(call) && context.path.selfNs.has(call),
  );
  if (new Set(calls.map((call) => `${call.operation}\u0000${targetText(call)}`)).size < least.calls) return [];
  if (overlaps(calls) > 0) return [];
  const total = calls.reduce((sum, call) => sum + durationOf(call), 0);
  const span = calls.at(-1)!.endNs - calls[0]!.startNs;
  if (span - total > span * least.pauseShare) return [];
  const longest = Math.max(...calls.map(durationOf));
  const saved = total - longest;
  if (shareOf(saved, context) < least.share || saved / 1e6 < least.savedMs) return [];
  const explained = explains(saved, context);
  const targets = [...new Set(calls.map(targetText))];
  return [
    {
      id: 'serial-calls',
      title: `${calls.length} calls in a row that could perhaps run at once`,
      severity: severityOf(explained.percent) === 'info' ? 'info' : 'warning',
      culprit: culpritOf(parent),
      explains: explained,
      sentences: [
        `${parent.service} ${quoted(parent.operation)} calls ${targets.join(', ')} one after the other.`,
        `At once they would take as long as the longest, ${durationText(longest / 1e6)}: ${durationText(explained.ms)} (${percentText(explained.percent)}) less, if none needs another's answer.`,
      ],
      spans: idsOf(calls),
      confidence: 0.4,
      explainsFailure: false,
      evidence: [spansEvidence(context, 'The calls in their order', calls)],
    },
  ];
}
