import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { pathNsBelow, type TraceContext } from '../context.ts';
import { reachesRoot } from '../errors.ts';
import type { Usual } from '../explanation.ts';
import { spansEvidence, usualEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { targetText } from './calls.ts';
import { givenUp, type GivenUp } from './timeout-cut.ts';

/** A callee beyond this many times its usual p99 is slow itself; the timeout is then not at fault. */
const abnormal = 1.5;

/**
 * Timeout mismatch: the configuration is at fault, not the callee. A client gives up before the callee usually answers,
 * so that calls are cut which are fine; or it waits for longer than its own caller does, so that work goes on for nobody.
 */
export const timeoutMismatch: Shape = (context) => {
  const cuts = context.tree.spans.flatMap((span) => givenUp(span, context) ?? []);
  return [...cuts.flatMap((cut) => tooShort(cut, context)), ...tooLong(cuts, context)];
};

function tooShort(cut: GivenUp, context: TraceContext): readonly Candidate[] {
  const { call, callee, durationMs, round } = cut;
  const known = usualOf(cut, context);
  if (known === undefined || known.usual.p99Ms <= durationMs) return [];
  if (callee !== undefined && durationOf(callee) / 1e6 > known.usual.p99Ms * abnormal) return [];
  const { usual } = known;
  const name = callee?.service ?? targetText(call);
  const often = durationMs < usual.p50Ms ? 'half' : durationMs < usual.p95Ms ? '5 %' : '1 %';
  const explained = explains(pathNsBelow([call], context), context);
  const failsTrace = reachesRoot(call, context.tree);
  const timeout = durationText(round ?? durationMs);
  const spans = callee === undefined ? [call] : [call, callee];
  return [
    {
      id: 'timeout-mismatch',
      title: `Timeout too short: ${call.service} gives ${name} ${timeout}, which it usually exceeds`,
      severity: failsTrace ? 'critical' : 'warning',
      culprit: culpritOf(call, { dependency: targetText(call) }),
      explains: explained,
      sentences: [
        `${call.service} gave up on ${quoted(call.operation)} after ${timeout}, but ${name} usually takes ${durationText(usual.p50Ms)} in the median, ${durationText(usual.p95Ms)} at p95 and ${durationText(usual.p99Ms)} at p99: more than ${often} of calls that are fine are cut.`,
        callee === undefined
          ? `No span of ${name} was received for this call.`
          : `In this trace ${name} answered after ${durationText(durationOf(callee) / 1e6)}, within its usual range.`,
        `Give it more than ${durationText(usual.p99Ms)}, or make ${name} faster first.`,
      ],
      spans: idsOf(spans),
      confidence: confidenceOf(cut, usual),
      explainsFailure: failsTrace,
      evidence: [
        spansEvidence(context, 'The call and what was called', spans, ['error.type']),
        usualEvidence(context, 'How long both took before', [known.span, call]),
        windowsEvidence(context, call),
      ],
    },
  ];
}

/** Of the callee, whose own time no timeout cuts; else of the call. */
function usualOf(
  { call, callee }: GivenUp,
  { history }: TraceContext,
): { readonly usual: Usual; readonly span: TreeSpan } | undefined {
  const ofCallee = callee === undefined ? undefined : history.of(callee);
  if (callee !== undefined && ofCallee !== undefined) return { usual: ofCallee, span: callee };
  const ofCall = history.of(call);
  return ofCall === undefined ? undefined : { usual: ofCall, span: call };
}

/** The median beyond the timeout leaves no doubt; a p99 just beyond it may be chance. */
function confidenceOf({ durationMs, confidence, callee }: GivenUp, usual: Usual): number {
  const sure = durationMs < usual.p95Ms ? 0.97 : durationMs * 1.2 < usual.p99Ms ? 0.9 : 0.75;
  return Math.min(sure, confidence + 0.1) * (callee === undefined ? 0.95 : 1);
}

/** Calls that were given up on after their own caller had already been given up on. */
function tooLong(cuts: readonly GivenUp[], context: TraceContext): readonly Candidate[] {
  const byCall = new Map(cuts.map((cut) => [cut.call, cut]));
  return cuts.flatMap((inner) => {
    const outer = outerOf(inner, byCall);
    if (outer === undefined || inner.durationMs <= outer.durationMs) return [];
    const late = inner.call.endNs - outer.call.endNs;
    const explained = explains(pathNsBelow([outer.call], context), context);
    const failsTrace = reachesRoot(outer.call, context.tree);
    const [own, above] = [durationText(inner.round ?? inner.durationMs), durationText(outer.round ?? outer.durationMs)];
    const spans = [outer.call, inner.call];
    return [
      {
        id: 'timeout-mismatch',
        title: `Timeout too long: ${inner.call.service} waits ${own}, its caller only ${above}`,
        severity: failsTrace ? 'critical' : 'warning',
        culprit: culpritOf(inner.call, { dependency: targetText(inner.call) }),
        explains: explained,
        sentences: [
          `${outer.call.service} gave up on ${quoted(outer.call.operation)} after ${above} (${percentText(explained.percent)} of the trace); ${inner.call.service} below it waited ${own} for ${targetText(inner.call)}.`,
          `${inner.call.service} worked on for ${durationText(late / 1e6)} for nobody. A call must not wait for longer than its caller does: pass deadlines on, or shorten it below ${above}.`,
        ],
        spans: idsOf(spans),
        // What was waited for may be slow by itself, which is then the better answer.
        confidence: 0.6,
        explainsFailure: failsTrace,
        evidence: [
          spansEvidence(context, 'Both calls', spans, ['error.type']),
          usualEvidence(context, 'How long both took before', [inner.call, outer.call]),
        ],
      } satisfies Candidate,
    ];
  });
}

/** The nearest call above, of another service, that ended while the inner one still waited. */
function outerOf({ call }: GivenUp, byCall: ReadonlyMap<TreeSpan, GivenUp>): GivenUp | undefined {
  for (let up = call.parent; up !== null; up = up.parent) {
    const outer = byCall.get(up);
    if (outer !== undefined && up.service !== call.service && call.endNs > up.endNs + 1e6) return outer;
  }
  return undefined;
}
