import { comparisonText } from './baseline.ts';
import { latencyNs, shareOf, type TraceContext } from './context.ts';
import type { Finding, Verdict } from './explanation.ts';
import { durationText, percentText, quoted } from './format.ts';
import { compare } from './history.ts';
import { isAlone } from './shapes/alone.ts';
import { unspecific } from './shapes/all-shapes.ts';
import { isError } from './span.ts';

/** What is to be said in a sentence or two: what happened to the trace, and why. */
export function verdictOf(context: TraceContext, findings: readonly Omit<Finding, 'evidence'>[]): Verdict {
  const { tree, history } = context;
  const failed = isError(tree.root);
  const took = `${tree.root.service} ${quoted(tree.root.operation)} took ${durationText(latencyNs(context) / 1e6)}, ${comparisonText(tree.root, history, durationText)}${failed ? ', and failed' : ''}.`;
  const [first] = findings;
  const isLittle = first !== undefined && ofItself.has(first.id) && !failed && (isUsual(context) || isOneOff(context));
  if (first === undefined || isLittle || (first.severity === 'info' && !failed)) {
    return {
      sentence: `${took} ${mostTime(context)}`,
      finding: null,
      culprit: null,
      severity: null,
      confidence: 0,
    };
  }
  const how = first.confidence >= 0.75 ? 'Why' : 'Most likely';
  return {
    sentence: `${took} ${how}: ${reasonText(first)}`,
    finding: first.id,
    culprit: first.culprit,
    severity: first.severity,
    confidence: first.confidence,
  };
}

/** Title and first sentence of a finding in a row; a number at the title's end ("…, 5.5× its usual time") that the sentence says too is said once. */
export function reasonText({ title, sentences }: Pick<Finding, 'title' | 'sentences'>): string {
  const [sentence = ''] = sentences;
  const [, start, number] = /^(.+), (\d[\d.,]*×) its usual time$/.exec(title) ?? [];
  return `${number !== undefined && sentence.includes(`${number} its usual`) ? start : title}. ${sentence}`.trim();
}

/** What such a finding rests on lies in the trace alone: chance brings it about now and then. */
const ofItself: ReadonlySet<Finding['id']> = new Set([...unspecific, 'slow-connect', 'serial-calls', 'fan-out']);

const isUsual = ({ tree, history }: TraceContext): boolean => compare(tree.root, history)?.isSlow === false;

/** One slow call by less than this, while all others are as quick as ever, is nobody's trouble. */
const leastOneOffMs = 100;

function isOneOff(context: TraceContext): boolean {
  const { root } = context.tree;
  const excessNs = compare(root, context.history)?.excessNs ?? Infinity;
  return excessNs < leastOneOffMs * 1e6 && isAlone(root, context) === true;
}

function mostTime(context: TraceContext): string {
  let most: { readonly text: string; readonly ns: number } | undefined;
  for (const [span, ns] of context.path.selfNs) {
    if (most === undefined || ns > most.ns) most = { text: `${span.service} ${quoted(span.operation)}`, ns };
  }
  if (most === undefined || most.ns === 0) return 'Nothing stands out.';
  return `Nothing stands out; most of it, ${durationText(most.ns / 1e6)} (${percentText(shareOf(most.ns, context) * 100)}), is ${most.text} itself.`;
}
