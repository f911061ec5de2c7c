import { comparisonText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { durationOf } from '../tree-span.ts';
import { aloneText, isAlone } from './alone.ts';
import { severityOf, severityUnknown } from './severity.ts';
import { slowGroups, type SlowGroup } from './slow-groups.ts';

/** The service that was asked spends the time itself, in no child span: its own code, or calls without instrumentation. */
export const slowOperation: Shape = (context) =>
  slowGroups(context)
    .filter(({ spans }) => spans[0]!.kind !== 'Client' && spans[0]!.kind !== 'Producer')
    .filter(({ spans }) => spans[0]!.service === context.tree.root.service)
    .map((group) => candidate(group, context));

function candidate({ spans, excessNs }: SlowGroup, context: TraceContext): Candidate {
  const slowest = spans.reduce((most, span) => (durationOf(span) > durationOf(most) ? span : most));
  const explained = explains(excessNs, context);
  const alone = isAlone(slowest, context) === true;
  const own = (context.path.selfNs.get(slowest) ?? 0) / 1e6;
  return {
    id: 'slow-operation',
    title: `${slowest.service} itself is slow in ${quoted(slowest.operation)}`,
    severity:
      compare(slowest, context.history) === undefined ? severityUnknown(explained.ms) : severityOf(explained.percent),
    culprit: culpritOf(slowest),
    explains: explained,
    sentences: [
      `${slowest.service} spends ${durationText(own)} (${percentText(explained.percent)} of the trace) of ${quoted(slowest.operation)} in no child span: its own code, or calls that are not instrumented.`,
      `The whole span: ${comparisonText(slowest, context.history, durationText)}.`,
      ...(alone ? [aloneText] : []),
    ],
    spans: idsOf(spans),
    confidence: compare(slowest, context.history) === undefined || alone ? 0.4 : 0.8,
    explainsFailure: false,
    evidence: [
      spansEvidence(context, 'The slow spans', [...spans, ...spans.flatMap(({ children }) => children)]),
      usualEvidence(context, 'How long the operation took before', [slowest]),
      windowsEvidence(context, slowest),
    ],
  };
}
