import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, TraceNotFound } from '../domain/errors.ts';
import { QueryClient } from '../store/query-client.ts';
import type { Candidate } from './candidate.ts';
import { withSurroundings, type TraceContext } from './context.ts';
import { criticalPath } from './critical-path.ts';
import { describe } from './describe.ts';
import type { Evidence, EvidenceRow, Explanation, Finding } from './explanation.ts';
import { loadSurroundings } from './load/load-surroundings.ts';
import { loadTrace } from './load/load-trace.ts';
import { rank } from './rank.ts';
import { allShapes } from './shapes/all-shapes.ts';
import { traceNotFound } from './trace-not-found.ts';
import { buildTree } from './trace-tree.ts';

/**
 * Explains one trace from what the store holds: deterministic, no model involved. `traceId` is a full id; beginnings
 * of ids and "the slowest" are resolved by `resolveTrace`.
 */
export const explainTrace = Effect.fn('explainTrace')(function* (
  traceId: string,
): Effect.fn.Return<Explanation, TraceNotFound | QueryFailed | EngineUnavailable, QueryClient> {
  const data = yield* loadTrace(traceId);
  const tree = data === null ? null : buildTree(data.spans, data.traceId);
  if (data === null || tree === null) return yield* traceNotFound(traceId);
  const path = criticalPath(tree.root);
  const context = withSurroundings(data, tree, path, yield* loadSurroundings(data, tree, path));
  const findings = yield* Effect.forEach(findShapes(context), withEvidence, { concurrency: 2 });
  return describe(context, findings);
});

/** What every shape sees in the trace, the most telling first. Pure. */
export const findShapes = (context: TraceContext): readonly Candidate[] =>
  rank(Object.values(allShapes).flatMap((shape) => shape(context)));

const withEvidence = Effect.fnUntraced(function* (
  candidate: Candidate,
): Effect.fn.Return<Finding, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const evidence = yield* Effect.forEach(candidate.evidence, ({ title, sql }) =>
    Effect.map(client.rows<EvidenceRow>(sql), (rows): Evidence => ({ title, sql, rows })),
  );
  const { explainsFailure: _, ...finding } = candidate;
  return { ...finding, evidence };
});
