import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { attributeOf, peerOf } from '../span.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { targetText } from './calls.ts';
import { isStalled } from './process-stall.ts';
import { severityOf } from './severity.ts';

/** Steps of setting a connection up, as the instrumentations of Node.js (`net`, `dns`), Go (httptrace) and .NET name them. */
const steps: readonly { readonly what: string; readonly name: RegExp }[] = [
  { what: 'The DNS lookup', name: /^(http\.)?dns([ ._-]?(lookup|resolve|query|start|done))?\b/i },
  { what: 'The TLS handshake', name: /^(http\.)?(tls|ssl)([ ._-]?(client )?(connect|handshake|start|done))?\b/i },
  { what: 'The TCP connect', name: /^((tcp|net|ipc|socket)[ ._-]?connect|http\.connect)\b/i },
  { what: 'Setting up the connection', name: /^http connection_setup\b/i },
];
const least = { share: 0.15, ms: 5, gapMs: 10, timesUsualGap: 3, answerShare: 0.25 };

/**
 * Slow connect: looking up a name, connecting or the TLS handshake takes the time. Spans and events say so; else it is a
 * gap between a call and its callee's span that usually is not there, while the callee itself is as fast as ever. Not the
 * time before the callee of a process that stands still, and not a call that merely takes long.
 */
export const slowConnect: Shape = (context) => {
  const named = [...stepSpans(context), ...stepEvents(context)];
  const found = named.length > 0 ? named : gaps(context);
  const byTarget = Map.groupBy(found, ({ call, what }) => `${call.service} ${targetText(call)} ${what}`);
  return [...byTarget.values()].flatMap((same) => candidate(same, context));
};

interface Connect {
  readonly call: TreeSpan;
  readonly span: TreeSpan;
  readonly what: string;
  readonly ns: number;
  readonly how: 'span' | 'events' | 'gap';
}

function stepSpans({ tree, path, history }: TraceContext): readonly Connect[] {
  return tree.spans.flatMap((span): Connect[] => {
    const step = span.kind === 'Server' ? undefined : steps.find(({ name }) => name.test(span.operation));
    const ns = path.selfNs.get(span) ?? 0;
    if (step === undefined || ns === 0) return [];
    const comparison = compare(span, history);
    if (comparison !== undefined && !comparison.isSlow) return [];
    const call = span.parent?.kind === 'Client' ? span.parent : span;
    return [{ call, span, what: step.what, ns, how: 'span' }];
  });
}

/** Pairs of events like `http.dns.start` and `http.dns.done` on a client span. */
function stepEvents({ tree, path }: TraceContext): readonly Connect[] {
  return tree.spans.flatMap((call) => {
    if (call.kind !== 'Client' || call.events.length < 2 || !path.selfNs.has(call)) return [];
    return call.events.flatMap((begin, at): Connect[] => {
      const match = /^(.*?)[ ._-]?start$/i.exec(begin.name);
      const step = match === null ? undefined : steps.find(({ name }) => name.test(begin.name));
      if (match === null || step === undefined) return [];
      const end = call.events.slice(at + 1).find(({ name }) => name.startsWith(match[1]!) && /(done|end)$/i.test(name));
      return end === undefined ? [] : [{ call, span: call, what: step.what, ns: end.atNs - begin.atNs, how: 'events' }];
    });
  });
}

function gaps(context: TraceContext): readonly Connect[] {
  const { path, history } = context;
  return [...path.selfNs.keys()].flatMap((call): Connect[] => {
    const callee = call.kind === 'Client' ? calleeOf(call) : undefined;
    if (callee === undefined || callee.shiftNs !== call.shiftNs || callee.synthetic) return [];
    const [usualCall, usualCallee] = [history.of(call), history.of(callee)];
    if (usualCall === undefined || usualCallee === undefined || compare(callee, history)?.isSlow !== false) return [];
    const before = callee.startNs - call.startNs;
    const after = call.endNs - callee.endNs;
    const usualNs = Math.max(0, usualCall.p50Ms - usualCallee.p50Ms) * 1e6;
    if (before < least.gapMs * 1e6 || before < usualNs * least.timesUsualGap) return [];
    // An answer that takes long to arrive is a slow network, not a slow connect.
    if (after > before * least.answerShare) return [];
    return isStalled(callee, context) || isStalled(call, context)
      ? []
      : [{ call, span: call, what: 'The time before it arrived', ns: before, how: 'gap' }];
  });
}

function candidate(connects: readonly Connect[], context: TraceContext): readonly Candidate[] {
  const total = connects.reduce((sum, { ns }) => sum + ns, 0);
  if (shareOf(total, context) < least.share || total < least.ms * 1e6) return [];
  const worst = connects.reduce((most, one) => (one.ns > most.ns ? one : most));
  const { call, span, how } = worst;
  const callee = calleeOf(call);
  const name =
    peerOf(call) ?? attributeOf(span, 'net.host.name', 'dns.question.name') ?? callee?.service ?? targetText(call);
  const explained = explains(total, context);
  const usual = compare(span, context.history)?.usual;
  const shown = connects.flatMap((one) => [...new Set([one.call, one.span])]);
  const answered =
    callee === undefined ? '' : `; ${callee.service} itself answered in ${durationText(durationOf(callee) / 1e6)}`;
  return [
    {
      id: 'slow-connect',
      title: how === 'gap' ? `${call.service} takes long to reach ${name}` : `${worst.what} to ${name} is slow`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(call, { dependency: name }),
      explains: explained,
      sentences: [
        how === 'gap'
          ? `${durationText(worst.ns / 1e6)} passed between the call ${quoted(call.operation)} of ${call.service} and the span with which ${callee?.service ?? name} answered it, as fast as ever (${durationText(callee === undefined ? 0 : durationOf(callee) / 1e6)}).`
          : `${worst.what} of ${call.service} to ${name} took ${durationText(worst.ns / 1e6)}${how === 'span' && usual !== undefined ? `, usually ${durationText(usual.p50Ms)}` : ''}${answered}.`,
        `That is ${durationText(explained.ms)} (${percentText(explained.percent)}) of the trace.`,
        how === 'gap'
          ? `Looking up the name, connecting and the TLS handshake come before it; spans of ${call.service} for these would settle which.`
          : 'Keep connections open, cache names, and look at the resolver or the network in between.',
      ],
      spans: idsOf(shown),
      confidence: how === 'gap' ? 0.75 : usual === undefined && how === 'span' ? 0.85 : 0.95,
      explainsFailure: false,
      evidence: [
        spansEvidence(context, 'The call, and what it waited for', callee === undefined ? shown : [...shown, callee], [
          'server.address',
        ]),
        usualEvidence(context, 'How long they took before', callee === undefined ? [span, call] : [span, call, callee]),
        windowsEvidence(context, span),
      ],
    },
  ];
}
