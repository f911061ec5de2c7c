import { comparisonText, timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { peerOf } from '../span.ts';
import { durationOf } from '../tree-span.ts';
import { aloneText, isAlone } from './alone.ts';
import { targetText } from './calls.ts';
import { severityOf, severityUnknown } from './severity.ts';
import { slowGroups, type SlowGroup } from './slow-groups.ts';

/** One callee that takes longer than it usually does: a call that ends the trace's sight, or another service's own code. */
export const slowDependency: Shape = (context) =>
  slowGroups(context)
    .filter(({ spans }) => isCall(spans[0]!) || spans[0]!.service !== context.tree.root.service)
    .map((group) => candidate(group, context));

const isCall = (span: SlowGroup['spans'][number]): boolean => span.kind === 'Client' || span.kind === 'Producer';

function candidate({ spans, excessNs }: SlowGroup, context: TraceContext): Candidate {
  const slowest = spans.reduce((most, span) => (durationOf(span) > durationOf(most) ? span : most));
  const callee = calleeOf(slowest);
  const explained = explains(excessNs, context);
  const comparison = compare(slowest, context.history);
  const alone = isAlone(slowest, context) === true;
  const outside = isCall(slowest) && callee === undefined;
  const name = outside ? targetText(slowest) : (callee?.service ?? slowest.service);
  const spent = outside
    ? `${slowest.service} waited ${durationText(durationOf(slowest) / 1e6)} for ${name} in ${quoted(slowest.operation)}`
    : callee === undefined
      ? `${name} spent ${durationText((context.path.selfNs.get(slowest) ?? 0) / 1e6)} in its own code, in ${quoted(slowest.operation)}`
      : `${durationText((context.path.selfNs.get(slowest) ?? 0) / 1e6)} passed between ${slowest.service}'s call ${quoted(slowest.operation)} and ${name}'s own span`;
  const dependency = outside ? (peerOf(slowest) ?? undefined) : undefined;
  return {
    id: 'slow-dependency',
    title: `Slow dependency: ${name}${comparison?.isSlow === true ? `, ${timesText(comparison.times)} its usual time` : ''}`,
    severity: comparison === undefined ? severityUnknown(explained.ms) : severityOf(explained.percent),
    culprit: culpritOf(callee ?? slowest, dependency === undefined ? {} : { dependency }),
    explains: explained,
    sentences: [
      `${spent}: ${comparisonText(slowest, context.history, durationText)}.`,
      `That explains ${durationText(explained.ms)} (${percentText(explained.percent)}) of the trace.`,
      ...(alone ? [aloneText] : []),
    ],
    spans: idsOf(spans),
    confidence: comparison === undefined || alone ? 0.5 : 0.9,
    explainsFailure: false,
    evidence: [
      spansEvidence(context, 'The slow spans', spans, ['server.address', 'db.query.text']),
      usualEvidence(context, 'How long the operation took before', [slowest]),
      windowsEvidence(context, slowest),
    ],
  };
}
