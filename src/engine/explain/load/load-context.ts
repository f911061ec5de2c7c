import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, TraceNotFound } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { withSurroundings, type TraceContext } from '../context.ts';
import { criticalPath } from '../critical-path.ts';
import { traceNotFound } from '../trace-not-found.ts';
import { buildTree } from '../trace-tree.ts';
import { loadSurroundings } from './load-surroundings.ts';
import { loadTrace } from './load-trace.ts';

/** A trace as a tree, with all that the shapes look at around it. */
export const loadContext = Effect.fnUntraced(function* (
  traceId: string,
): Effect.fn.Return<TraceContext, TraceNotFound | QueryFailed | EngineUnavailable, QueryClient> {
  const data = yield* loadTrace(traceId);
  const tree = data === null ? null : buildTree(data.spans, data.traceId);
  if (data === null || tree === null) return yield* traceNotFound(traceId);
  const path = criticalPath(tree.root);
  return withSurroundings(data, tree, path, yield* loadSurroundings(data, tree, path));
});
