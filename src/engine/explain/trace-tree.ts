import { estimateSkew, type Skew } from './clock-skew.ts';
import { connect } from './span-links.ts';
import { isError, type Span } from './span.ts';
import { byStart, durationOf, overhangToleranceNs, type TreeSpan } from './tree-span.ts';
import { uniqueSpans } from './unique-spans.ts';

/** Spans that end this much after their parent are told; less is how instrumentations end their spans. */
const worthANoteNs = 5_000_000;

/** What had to be assumed or left out, by kind; `missing.ts` says it in sentences. */
export interface TreeNotes {
  readonly duplicates: number;
  readonly sharedIds: number;
  readonly missingParents: number;
  readonly orphans: number;
  readonly cycles: number;
  readonly extraRoots: number;
  /** No span without a parent came, and of the main root's own parent nothing but its id is known. */
  readonly isRootMissing: boolean;
  readonly unfinished: number;
  readonly outliving: number;
  readonly outsideLinks: number;
  readonly skews: readonly Skew[];
}

export interface TraceTree {
  /** The span whose duration is the trace's latency: the longest real root. */
  readonly root: TreeSpan;
  /** All roots, the main one first, then by start. */
  readonly roots: readonly TreeSpan[];
  /** Every span, parents before children, in order of display. */
  readonly spans: readonly TreeSpan[];
  readonly notes: TreeNotes;
}

/**
 * Builds the tree of a trace, whatever was received: never throws, and the order of `spans` does not matter.
 * @returns null when there are no spans.
 */
export function buildTree(received: readonly Span[], traceId = ''): TraceTree | null {
  if (received.length === 0) return null;
  const unique = uniqueSpans(received);
  const { nodes, roots: found, counts } = connect(unique.spans);
  const skews = estimateSkew(found);
  let unfinished = 0;
  for (const root of found) unfinished += closeUnfinished(root);
  const { root, roots, isRootMissing } = placeRoots(found);
  const spans = inDisplayOrder(roots);
  for (const span of spans) span.selfNs = selfTime(span);
  return {
    root,
    roots,
    spans,
    notes: {
      duplicates: unique.duplicates,
      sharedIds: unique.sharedIds,
      ...counts,
      missingParents: counts.missingParents - Number(isRootMissing),
      orphans: counts.orphans - Number(isRootMissing),
      extraRoots: roots.length - 1,
      isRootMissing,
      unfinished,
      outliving: spans.filter((span) => span.parent !== null && span.endNs > span.parent.endNs + worthANoteNs).length,
      outsideLinks: nodes.reduce((sum, { links }) => sum + links.filter((link) => link.traceId !== traceId).length, 0),
      skews,
    },
  };
}

/** Post-order without recursion: a chain of 50,000 spans must not overflow the stack. */
function closeUnfinished(root: TreeSpan): number {
  const order = inDisplayOrder([root]);
  let count = 0;
  for (let at = order.length - 1; at >= 0; at--) {
    const span = order[at]!;
    if (span.children.length === 0 || (span.durationNs > 0 && !span.synthetic)) continue;
    const start = span.children.reduce((least, child) => Math.min(least, child.startNs), Infinity);
    const end = span.children.reduce((most, child) => Math.max(most, child.endNs), -Infinity);
    if (span.synthetic) {
      span.startNs = start;
      span.endNs = end;
    } else if (end > span.startNs) {
      span.endNs = end;
      span.unfinished = true;
      count++;
    }
  }
  return count;
}

/**
 * The main root is the longest span without a parent. What lost its parent, or was cut from a cycle, and lies within
 * the main root's time is shown under it, for it was done on its behalf; the rest stay roots of their own. A stand-in
 * for the root with a single child tells nothing that the child does not: a proxy that exports nothing called it.
 */
function placeRoots(found: readonly TreeSpan[]): {
  root: TreeSpan;
  roots: readonly TreeSpan[];
  isRootMissing: boolean;
} {
  const real = found.filter((span) => span.parentSpanId === '' && !span.synthetic);
  const longest = (real.length > 0 ? real : found).reduce((best, span) => (rank(span, best) < 0 ? span : best));
  const [only, ...more] = longest.synthetic ? longest.children : [];
  const isRootMissing = only !== undefined && more.length === 0;
  const root = isRootMissing ? only : longest;
  root.parent = null;
  const others: TreeSpan[] = [];
  for (const span of found) {
    if (span === longest) continue;
    const lost = span.synthetic || span.parentSpanId !== '';
    if (lost && span.startNs >= root.startNs && span.endNs <= root.endNs + overhangToleranceNs) {
      span.parent = root;
      root.children.push(span);
    } else others.push(span);
  }
  root.children.sort(byStart);
  return { root, roots: [root, ...others.sort(byStart)], isRootMissing };
}

const rank = (a: TreeSpan, b: TreeSpan): number => durationOf(b) - durationOf(a) || byStart(a, b);

function inDisplayOrder(roots: readonly TreeSpan[]): TreeSpan[] {
  const order: TreeSpan[] = [];
  const stack = roots.toReversed();
  while (stack.length > 0) {
    const span = stack.pop()!;
    span.depth = span.parent === null ? 0 : span.parent.depth + 1;
    order.push(span);
    for (let at = span.children.length - 1; at >= 0; at--) stack.push(span.children[at]!);
  }
  return order;
}

/** Duration minus the union of the children, each clipped to the span. */
function selfTime(span: TreeSpan): number {
  let covered = 0;
  let upTo = span.startNs;
  for (const child of span.children) {
    const from = Math.max(child.startNs, upTo);
    const to = Math.min(child.endNs, span.endNs);
    if (to > from) {
      covered += to - from;
      upTo = to;
    }
  }
  return durationOf(span) - covered;
}

/** The services of the tree, the root's first, then by first appearance. */
export function servicesOf(tree: TraceTree): readonly string[] {
  return [...new Set(tree.spans.filter((span) => !span.synthetic).map((span) => span.service))];
}

export const errorCount = (tree: TraceTree): number => tree.spans.filter(isError).length;
