import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { isDatabaseCall, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { clockToleranceNs, durationOf, type TreeSpan } from '../tree-span.ts';
import { hasFailed, targetText } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { calls: 3, share: 0.25, savedMs: 10, pauseShare: 0.1, ofSaved: 0.6 };

/**
 * Calls to different services, one straight after the other, that might run at once. Whether one needs the other's
 * answer cannot be seen from outside, so this is a hint; unless each call is as fast as ever and the whole took so much
 * less before that they must have run at once. Statements of one database connection cannot overlap.
 */
export const serialCalls: Shape = (context) =>
  context.tree.spans.flatMap((parent) => inARow(parent, context).flatMap((calls) => candidate(parent, calls, context)));

/** The stretches of calls on the path of which none overlaps another. */
function inARow(parent: TreeSpan, { path }: TraceContext): readonly (readonly TreeSpan[])[] {
  if (parent.children.length < least.calls) return [];
  const calls = parent.children.filter((call) => call.kind === 'Client' && !isDatabaseCall(call));
  const stretches: TreeSpan[][] = [[]];
  let busyUntil = -Infinity;
  for (const [at, call] of calls.entries()) {
    const next = calls[at + 1];
    const isAlone =
      call.startNs >= busyUntil - clockToleranceNs &&
      (next === undefined || next.startNs >= call.endNs - clockToleranceNs);
    busyUntil = Math.max(busyUntil, call.endNs);
    if (isAlone && !hasFailed(call) && path.selfNs.has(call)) stretches.at(-1)!.push(call);
    else stretches.push([]);
  }
  return stretches;
}

/** The whole is slow by about what running at once would save, and no call is: they did run at once. */
function ranAtOnce(parent: TreeSpan, calls: readonly TreeSpan[], saved: number, { history }: TraceContext): boolean {
  const whole = compare(parent, history);
  const each = calls.map((call) => compare(call, history));
  if (whole === undefined || !whole.isSlow || whole.excessNs < saved * least.ofSaved) return false;
  return each.every((one) => one !== undefined && !one.isSlow);
}

function candidate(parent: TreeSpan, calls: readonly TreeSpan[], context: TraceContext): readonly Candidate[] {
  if (new Set(calls.map((call) => `${call.operation}\u0000${targetText(call)}`)).size < least.calls) return [];
  const total = calls.reduce((sum, call) => sum + durationOf(call), 0);
  const span = calls.at(-1)!.endNs - calls[0]!.startNs;
  if (span - total > span * least.pauseShare) return [];
  const longest = Math.max(...calls.map(durationOf));
  const saved = total - longest;
  if (shareOf(saved, context) < least.share || saved / 1e6 < least.savedMs) return [];
  const were = ranAtOnce(parent, calls, saved, context);
  const explained = explains(saved, context);
  const targets = [...new Set(calls.map(targetText))];
  return [
    {
      id: 'serial-calls',
      title: were
        ? `${calls.length} calls of ${parent.service} that ran at once now run in a row`
        : `${calls.length} calls in a row that could perhaps run at once`,
      severity: severityOf(explained.percent) === 'info' ? 'info' : 'warning',
      culprit: culpritOf(parent),
      explains: explained,
      sentences: [
        `${parent.service} ${quoted(parent.operation)} calls ${targets.join(', ')} one after the other.`,
        `At once they would take as long as the longest, ${durationText(longest / 1e6)}: ${durationText(explained.ms)} (${percentText(explained.percent)}) less${were ? '' : ", if none needs another's answer"}.`,
        ...(were
          ? ['Each call takes what it usually takes, and all of them together took that much less before.']
          : []),
      ],
      spans: idsOf(calls),
      confidence: were ? 0.85 : 0.4,
      explainsFailure: false,
      evidence: [
        spansEvidence(context, 'The calls in their order', calls),
        usualEvidence(context, 'How long they took before', [parent, ...calls.slice(0, 10)]),
      ],
    },
  ];
}
