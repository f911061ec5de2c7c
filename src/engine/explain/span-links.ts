import type { Span } from './span.ts';
import type { TreeSpan } from './tree-span.ts';

/** Parents and children found by id, before times are corrected. */
export interface Connected {
  readonly nodes: readonly TreeSpan[];
  readonly roots: readonly TreeSpan[];
  readonly counts: { readonly missingParents: number; readonly orphans: number; readonly cycles: number };
}

/**
 * Links spans (ids unique) to their parents. Siblings whose parent was never received are grouped under one
 * synthetic span; a cycle is cut at its earliest span, which becomes a root.
 */
export function connect(spans: readonly Span[]): Connected {
  const nodes = new Map<string, TreeSpan>(spans.map((span) => [span.spanId, newNode(span, false)]));
  const missing = new Map<string, TreeSpan>();
  const roots: TreeSpan[] = [];
  let orphans = 0;
  for (const node of nodes.values()) {
    if (node.parentSpanId === '') {
      roots.push(node);
      continue;
    }
    let parent = nodes.get(node.parentSpanId) ?? missing.get(node.parentSpanId);
    if (parent === undefined) {
      parent = newNode(standIn(node), true);
      missing.set(node.parentSpanId, parent);
      roots.push(parent);
    }
    if (parent.synthetic) orphans++;
    node.parent = parent;
    parent.children.push(node);
  }
  const cycles = cutCycles(nodes, roots);
  return { nodes: [...nodes.values()], roots, counts: { missingParents: missing.size, orphans, cycles } };
}

/** Every span that no root reaches hangs below a cycle. */
function cutCycles(nodes: ReadonlyMap<string, TreeSpan>, roots: TreeSpan[]): number {
  const reached = new Set<TreeSpan>();
  const reach = (from: TreeSpan): void => {
    const stack = [from];
    while (stack.length > 0) {
      const node = stack.pop()!;
      if (reached.has(node)) continue;
      reached.add(node);
      stack.push(...node.children);
    }
  };
  for (const root of roots) reach(root);
  let cycles = 0;
  for (const node of nodes.values()) {
    if (reached.has(node)) continue;
    const cycle = cycleAbove(node);
    const cut = cycle.reduce((first, span) => (earlier(span, first) ? span : first));
    cut.parent!.children.splice(cut.parent!.children.indexOf(cut), 1);
    cut.parent = null;
    roots.push(cut);
    reach(cut);
    cycles++;
  }
  return cycles;
}

function cycleAbove(node: TreeSpan): readonly TreeSpan[] {
  const seen = new Set<TreeSpan>();
  let at = node;
  while (!seen.has(at)) {
    seen.add(at);
    at = at.parent!;
  }
  const cycle = [at];
  for (let next = at.parent!; next !== at; next = next.parent!) cycle.push(next);
  return cycle;
}

const earlier = (a: TreeSpan, b: TreeSpan): boolean =>
  a.startNs !== b.startNs ? a.startNs < b.startNs : a.spanId < b.spanId;

function newNode(span: Span, synthetic: boolean): TreeSpan {
  return {
    ...span,
    endNs: span.startNs + span.durationNs,
    shiftNs: 0,
    parent: null,
    children: [],
    depth: 0,
    synthetic,
    unfinished: false,
    selfNs: 0,
  };
}

/** What stands in for the missing parent of `child`; its extent is set once all its children are known. */
function standIn(child: Span): Span {
  return {
    spanId: child.parentSpanId,
    parentSpanId: '',
    service: child.service,
    operation: '(span not received)',
    kind: 'Unspecified',
    startNs: child.startNs,
    durationNs: 0,
    status: 'Unset',
    statusMessage: '',
    attributes: {},
    resource: child.resource,
    events: [],
    links: [],
    dropped: 0,
  };
}
