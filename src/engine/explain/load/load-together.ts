import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { withSurroundings, type TraceContext } from '../context.ts';
import { criticalPath, type CriticalPath } from '../critical-path.ts';
import type { TraceData } from '../span.ts';
import { buildTree, type TraceTree } from '../trace-tree.ts';
import type { TreeSpan } from '../tree-span.ts';
import { loadSurroundings } from './load-surroundings.ts';
import { loadTrace } from './load-trace.ts';

interface Loaded {
  readonly data: TraceData;
  readonly tree: TraceTree;
  readonly path: CriticalPath;
}

/**
 * Several traces of one trouble. What surrounds them is read once, from the first of them to a minute beyond the last:
 * twenty statements in all, and not for each. Traces that are gone are left out.
 * @param bad traces that the surroundings are read for
 * @param usual traces of the time before, which are seen in the same surroundings
 */
export const loadTogether = Effect.fnUntraced(function* (
  bad: readonly string[],
  usual: readonly string[],
): Effect.fn.Return<
  { readonly bad: readonly TraceContext[]; readonly usual: readonly TraceContext[] },
  QueryFailed | EngineUnavailable,
  QueryClient
> {
  const [ofBad, ofUsual] = yield* Effect.all([loadAll(bad), loadAll(usual)], { concurrency: 2 });
  const joined = joinedOf(ofBad);
  if (joined === null) return { bad: [], usual: [] };
  const surroundings = yield* loadSurroundings(joined.data, joined.tree, joined.path);
  const contextOf = ({ data, tree, path }: Loaded): TraceContext => withSurroundings(data, tree, path, surroundings);
  return { bad: ofBad.map(contextOf), usual: ofUsual.map(contextOf) };
});

const loadAll = (traceIds: readonly string[]) =>
  Effect.map(Effect.forEach(traceIds, loadTrace, { concurrency: 3 }), (all) =>
    all.flatMap((data): readonly Loaded[] => {
      const tree = data === null ? null : buildTree(data.spans, data.traceId);
      return data === null || tree === null ? [] : [{ data, tree, path: criticalPath(tree.root) }];
    }),
  );

/** All of them as one forest, its times counted from the earliest start. */
function joinedOf(traces: readonly Loaded[]): Loaded | null {
  const [first] = traces;
  if (first === undefined) return null;
  const originNs = traces.reduce(
    (least, { data }) => (data.originNs < least ? data.originNs : least),
    first.data.originNs,
  );
  const spans = traces.flatMap(({ data }) => {
    const laterNs = Number(data.originNs - originNs);
    return data.spans.map((span) => ({ ...span, startNs: span.startNs + laterNs }));
  });
  const tree = buildTree(spans, first.data.traceId);
  if (tree === null) return null;
  const paths = tree.roots.map((root) => criticalPath(root));
  return {
    data: { ...first.data, originNs, spans, logs: traces.flatMap(({ data }) => data.logs) },
    tree,
    path: {
      segments: paths.flatMap(({ segments }) => segments),
      selfNs: new Map<TreeSpan, number>(paths.flatMap(({ selfNs }) => [...selfNs])),
    },
  };
}
