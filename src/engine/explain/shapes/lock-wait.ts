import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { isDatabaseCall, pathNsBelow, shareOf, type TraceContext } from '../context.ts';
import { describeError, reachesRoot } from '../errors.ts';
import { logsEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { overlappingEvidence } from '../nearby-sql.ts';
import { isError } from '../span.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { statementOf, targetText } from './calls.ts';
import { inARow, latestHolder, resourceOf, type Holder } from './lock-holders.ts';
import { severityOf } from './severity.ts';

const lockWords =
  /lock wait|lock[_ ]?timeout|dead ?lock|(database|table|row|file)( \w+)? is locked|SQLITE_(BUSY|LOCKED)|could not obtain lock|due to (lock|conflict)|could not serialize|ER_LOCK|waiting for .*lock|lock(ed)? by another/i;
const least = { share: 0.15, ms: 10, times: 3 };

/**
 * Lock wait: a statement that is usually quick waits until another that holds the same table or rows ends; an error says
 * so, or writes of one kind that began together end one after the other. Not a wait for a connection, which comes before
 * the statement, and not a database on which everything is slow.
 */
export const lockWait: Shape = (context) => {
  const failed = failures(context);
  return failed.length > 0 ? failed : [...rows(context), ...waits(context)].slice(0, 3);
};

function failures(context: TraceContext): readonly Candidate[] {
  const { tree, data } = context;
  const found = tree.spans.flatMap((span) => {
    if (!isError(span) || span.children.some(isError)) return [];
    const { type, message } = describeError(span, data.logs);
    const said = [message, type ?? ''].find((text) => lockWords.test(text));
    return said === undefined ? [] : [{ span, said }];
  });
  const [first] = found;
  if (first === undefined) return [];
  const { span, said } = found.find((one) => reachesRoot(one.span, tree)) ?? first;
  const spans = found.map((one) => one.span);
  const explained = explains(pathNsBelow(spans, context), context);
  const failsTrace = reachesRoot(span, tree);
  const deadlock = /dead ?lock|serialize/i.test(said);
  return [
    {
      id: 'lock-wait',
      title: `${span.service} ${deadlock ? 'runs into a deadlock' : 'waits for a lock'} in ${quoted(span.operation)}`,
      severity: failsTrace ? 'critical' : 'warning',
      culprit: culpritOf(span, isDatabaseCall(span) ? { dependency: targetText(span) } : {}),
      explains: explained,
      sentences: [
        `${span.service} ${quoted(span.operation)} failed after ${durationText(durationOf(span) / 1e6)}: ${quoted(said)}.`,
        ...(spans.length > 1 ? [`${spans.length} spans of the trace failed so.`] : []),
        deadlock
          ? 'Take locks in one order everywhere, and keep transactions short.'
          : 'Another transaction holds what it needs: keep transactions short, and make no calls to others in them.',
      ],
      spans: idsOf(spans),
      confidence: 0.95,
      explainsFailure: failsTrace,
      evidence: [
        spansEvidence(context, 'The spans that failed for a lock', spans, ['db.query.text', 'error.type']),
        logsEvidence(context, 'Warnings and errors that the trace logged'),
        usualEvidence(context, 'How long the operation took, and failed, before', [span]),
      ],
    },
  ];
}

/** A slow statement that ends when another, which had begun before it, ends on the same resource. */
function waits(context: TraceContext): readonly Candidate[] {
  return [...context.path.selfNs.keys()].flatMap((span): readonly Candidate[] => {
    if (!isDatabaseCall(span) || isError(span) || !isSlow(span, context)) return [];
    const holder = latestHolder(span, context);
    return holder === undefined ? [] : [waiting(span, holder, context)];
  });
}

function isSlow(span: TreeSpan, context: TraceContext): boolean {
  const ns = context.path.selfNs.get(span) ?? 0;
  if (ns < least.ms * 1e6 || shareOf(ns, context) < least.share) return false;
  const comparison = compare(span, context.history);
  return comparison !== undefined && comparison.isSlow && comparison.times >= least.times;
}

function waiting(span: TreeSpan, holder: Holder, context: TraceContext): Candidate {
  const comparison = compare(span, context.history);
  const explained = explains(comparison?.excessNs ?? 0, context);
  const statement = statementOf(span);
  const held = durationText((holder.endNs - holder.startNs) / 1e6);
  return {
    id: 'lock-wait',
    title: `${span.service} waits for a lock on ${resourceOf(span) ?? targetText(span)}`,
    severity: severityOf(explained.percent),
    culprit: culpritOf(span, { dependency: targetText(span) }),
    explains: explained,
    sentences: [
      `${quoted(span.operation)} took ${durationText(durationOf(span) / 1e6)}, ${timesText(comparison?.times ?? 1)} its usual ${durationText(comparison?.usual.p50Ms ?? 0)}, and ended ${durationText(Math.max(0, span.endNs - holder.endNs) / 1e6)} after ${quoted(holder.operation)} of ${holder.service} (${holder.traceId === context.data.traceId ? 'in this trace' : `trace ${holder.traceId}`}), which had held it for ${held}.`,
      `Waiting takes ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace).`,
      ...(statement === undefined ? [] : [`Statement: ${quoted(statement)}.`]),
      'Keep transactions short, and make no calls to others in them.',
    ],
    spans: idsOf([span]),
    confidence: holder.waiters > 1 || holder.isTransaction ? 0.88 : 0.75,
    explainsFailure: false,
    evidence: [
      spansEvidence(context, 'The statement that waited', [span], ['db.query.text', 'db.collection.name']),
      overlappingEvidence(context, 'Statements and transactions that ran meanwhile, the longest first', span),
      usualEvidence(context, 'How long the statement took before', [span]),
    ],
  };
}

/** Writes of one trace to one resource that began together and end one after the other. */
function rows(context: TraceContext): readonly Candidate[] {
  return context.tree.spans.flatMap((parent) =>
    inARow(parent.children.filter(isDatabaseCall)).flatMap((queue): readonly Candidate[] => {
      const last = queue.at(-1)!;
      if (!context.path.selfNs.has(last)) return [];
      const waited = durationOf(last) - durationOf(queue[0]!);
      if (waited < least.ms * 1e6 || shareOf(waited, context) < least.share) return [];
      const usual = context.history.of(last);
      if (usual !== undefined && durationOf(last) / 1e6 < usual.p50Ms * least.times) return [];
      const explained = explains(waited, context);
      return [
        {
          id: 'lock-wait',
          title: `${queue.length} writes of ${parent.service} wait for each other on ${resourceOf(last) ?? targetText(last)}`,
          severity: severityOf(explained.percent),
          culprit: culpritOf(last, { dependency: targetText(last) }),
          explains: explained,
          sentences: [
            `${queue.length} calls of ${quoted(last.operation)} began together and ended one after the other, from ${durationText(durationOf(queue[0]!) / 1e6)} to ${durationText(durationOf(last) / 1e6)}: each waited for the one before.`,
            `Waiting takes ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace).`,
          ],
          spans: idsOf(queue),
          confidence: usual === undefined ? 0.6 : 0.8,
          explainsFailure: false,
          evidence: [
            spansEvidence(context, 'The writes, as they ended', queue, ['db.query.text', 'db.collection.name']),
            usualEvidence(context, 'How long the statement took before', [last]),
          ],
        },
      ];
    }),
  );
}
