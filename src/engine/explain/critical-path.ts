import { clockToleranceNs, overhangToleranceNs, type TreeSpan } from './tree-span.ts';

/** A stretch of the critical path in which `span` itself, none of its children, was what everybody waited for. */
export interface PathSegment {
  readonly span: TreeSpan;
  readonly fromNs: number;
  readonly toNs: number;
}

export interface CriticalPath {
  /** In order of time, without gaps: from the root's start to its end. */
  readonly segments: readonly PathSegment[];
  /** Self time on the path by span; sums to the root's duration exactly. */
  readonly selfNs: ReadonlyMap<TreeSpan, number>;
}

interface Frame {
  readonly span: TreeSpan;
  readonly from: number;
  /** Everything later than this is on the path already. */
  cursor: number;
  /** By end, last first. */
  readonly children: readonly { readonly span: TreeSpan; readonly from: number; readonly to: number }[];
  next: number;
}

/**
 * The critical path as in CRISP (Zhang et al., USENIX ATC '22): from the root's end walk back into the child that
 * finished last, on to the child that finished last before that one started, and so on; what lies between is the
 * span's own. Children that ran beside the chosen one do not count. Without recursion, O(n log n).
 */
export function criticalPath(root: TreeSpan): CriticalPath {
  const segments: PathSegment[] = [];
  const stack: Frame[] = [frame(root, root.startNs, root.endNs)];
  while (stack.length > 0) {
    const top = stack.at(-1)!;
    const child = lastFinished(top);
    if (child === undefined) {
      emit(segments, top.span, top.from, top.cursor);
      stack.pop();
      continue;
    }
    const to = Math.min(child.to, top.cursor);
    emit(segments, top.span, to, top.cursor);
    top.cursor = child.from;
    stack.push(frame(child.span, child.from, to));
  }
  segments.reverse();
  const selfNs = new Map<TreeSpan, number>();
  if (segments.length === 0) selfNs.set(root, 0);
  for (const { span, fromNs, toNs } of segments) selfNs.set(span, (selfNs.get(span) ?? 0) + toNs - fromNs);
  return { segments, selfNs };
}

/**
 * The spans that the path runs through: those with a stretch of it, and all above them. A caller whose callee seems to
 * last as long as itself, as with clocks that round starts to milliseconds, has no stretch and is on the path all the same.
 */
export function spansOnPath({ selfNs }: Pick<CriticalPath, 'selfNs'>): ReadonlySet<TreeSpan> {
  const on = new Set<TreeSpan>();
  for (const span of selfNs.keys()) {
    for (let up: TreeSpan | null = span; up !== null && !on.has(up); up = up.parent) on.add(up);
  }
  return on;
}

function emit(segments: PathSegment[], span: TreeSpan, fromNs: number, toNs: number): void {
  if (toNs > fromNs) segments.push({ span, fromNs, toNs });
}

function frame(span: TreeSpan, from: number, to: number): Frame {
  const children = span.children
    .filter((child) => isWaitedFor(span, child))
    .map((child) => ({ span: child, from: Math.max(child.startNs, from), to: Math.min(child.endNs, to) }))
    .filter((child) => child.to > child.from)
    .sort((a, b) => b.to - a.to || a.from - b.from || (a.span.spanId < b.span.spanId ? -1 : 1));
  return { span, from, cursor: to, children, next: 0 };
}

function lastFinished(top: Frame): Frame['children'][number] | undefined {
  while (top.next < top.children.length) {
    const child = top.children[top.next++]!;
    // Calls in a row may seem to overlap by what the clock rounds.
    const tolerance = Math.min((child.to - child.from) / 2, clockToleranceNs);
    if (child.to <= top.cursor + tolerance && child.from < top.cursor) return child;
  }
  return undefined;
}

/** A child that ends after its parent was not waited for, except a callee that its caller gave up on. */
function isWaitedFor(parent: TreeSpan, child: TreeSpan): boolean {
  const overhang = child.endNs - parent.endNs;
  if (overhang <= Math.max(overhangToleranceNs, (parent.endNs - parent.startNs) / 100)) return true;
  return parent.kind === 'Client' && child.kind !== 'Consumer';
}
