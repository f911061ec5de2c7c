import type { ExplainedSpan } from '../explanation.ts';

/** A line of the waterfall: one span, many alike, or a summary of spans that are not shown. */
export interface WaterfallRow {
  readonly kind: 'spans' | 'summary';
  /** At least one. */
  readonly spans: readonly ExplainedSpan[];
  readonly depth: number;
  /** Service of the row above in the tree, null at a root. */
  readonly parentService: string | null;
  readonly onPath: boolean;
  readonly failed: boolean;
}

const leastAlike = 4;

interface Node {
  readonly spans: readonly ExplainedSpan[];
  readonly depth: number;
  readonly parentService: string | null;
}

/**
 * Makes a waterfall of at most `mostRows` rows: alike siblings, with what lies below them, become one row; then, if
 * that is not enough, what is off the path and did not fail; then the steps of the path that hardly count.
 */
export function foldRows(spans: readonly ExplainedSpan[], mostRows: number): readonly WaterfallRow[] {
  const rows = mergeAlike(spans);
  if (rows.length <= mostRows) return rows;
  const telling = summariseRest(rows, new Set(rows.filter(({ onPath, failed }) => onPath || failed)));
  if (telling.length <= mostRows) return telling;
  const weight = (row: WaterfallRow): number => pathMs(row) + (row.depth === 0 ? Infinity : 0);
  const heaviest = telling
    .filter(({ kind }) => kind === 'spans')
    .toSorted((a, b) => weight(b) - weight(a) || Number(b.failed) - Number(a.failed))
    // Between two that are kept there may be a summary.
    .slice(0, Math.max(1, Math.floor(mostRows / 2)));
  return summariseRest(rows, new Set(heaviest));
}

export const pathMs = ({ spans }: WaterfallRow): number => spans.reduce((sum, span) => sum + (span.pathMs ?? 0), 0);

function mergeAlike(spans: readonly ExplainedSpan[]): readonly WaterfallRow[] {
  const { roots, childrenOf } = treeOf(spans);
  const rows: WaterfallRow[] = [];
  const stack: Node[] = roots.map((root) => ({ spans: [root], depth: 0, parentService: null })).toReversed();
  while (stack.length > 0) {
    const node = stack.pop()!;
    rows.push({
      kind: 'spans',
      ...node,
      onPath: node.spans.some((span) => span.pathMs !== null),
      failed: node.spans.some((span) => span.status === 'Error'),
    });
    const children = node.spans.flatMap((span) => childrenOf.get(span) ?? []);
    stack.push(...groupsOf(children, node).toReversed());
  }
  return rows;
}

function groupsOf(children: readonly ExplainedSpan[], parent: Node): Node[] {
  const alike = Map.groupBy(children, ({ service, operation, kind, status }) =>
    [service, operation, kind, status].join('\u0000'),
  );
  const merges = (group: readonly ExplainedSpan[]): boolean => group.length >= leastAlike || parent.spans.length > 1;
  return [...alike.values()]
    .flatMap((group) => (merges(group) ? [group] : group.map((span) => [span])))
    .sort((a, b) => a[0]!.startMs - b[0]!.startMs)
    .map((group) => ({ spans: group, depth: parent.depth + 1, parentService: parent.spans[0]!.service }));
}

function treeOf(spans: readonly ExplainedSpan[]): {
  readonly roots: readonly ExplainedSpan[];
  readonly childrenOf: ReadonlyMap<ExplainedSpan, ExplainedSpan[]>;
} {
  const roots: ExplainedSpan[] = [];
  const childrenOf = new Map<ExplainedSpan, ExplainedSpan[]>();
  const above: ExplainedSpan[] = [];
  for (const span of spans) {
    above.length = span.depth;
    const parent = above.at(-1);
    if (parent === undefined) roots.push(span);
    else if (childrenOf.has(parent)) childrenOf.get(parent)!.push(span);
    else childrenOf.set(parent, [span]);
    above.push(span);
  }
  return { roots, childrenOf };
}

/** Keeps some rows; each run of others becomes one row that sums them up. */
function summariseRest(rows: readonly WaterfallRow[], keep: ReadonlySet<WaterfallRow>): readonly WaterfallRow[] {
  const shown: WaterfallRow[] = [];
  let run: WaterfallRow[] = [];
  const flush = (): void => {
    if (run.length === 1) shown.push(run[0]!);
    else if (run.length > 1) {
      shown.push({
        kind: 'summary',
        spans: run.flatMap(({ spans }) => spans),
        depth: Math.min(...run.map(({ depth }) => depth)),
        parentService: run[0]!.parentService,
        onPath: run.some(({ onPath }) => onPath),
        failed: run.some(({ failed }) => failed),
      });
    }
    run = [];
  };
  for (const row of rows) {
    if (!keep.has(row)) run.push(row);
    else {
      flush();
      shown.push(row);
    }
  }
  flush();
  return shown;
}
