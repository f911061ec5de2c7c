import type { Candidate } from '../../../src/engine/explain/candidate.ts';
import { withSurroundings, type Surroundings, type TraceContext } from '../../../src/engine/explain/context.ts';
import { criticalPath } from '../../../src/engine/explain/critical-path.ts';
import { withRows } from '../../../src/engine/explain/evidence/evidence.ts';
import { describe } from '../../../src/engine/explain/describe.ts';
import { findShapes } from '../../../src/engine/explain/explain-trace.ts';
import type { TraceExplanation, ShapeName } from '../../../src/engine/explain/explanation.ts';
import { emptyNearby } from '../../../src/engine/explain/nearby.ts';
import { historyFrom } from '../../../src/engine/explain/history.ts';
import type { TraceData, TraceLog } from '../../../src/engine/explain/span.ts';
import { allShapes } from '../../../src/engine/explain/shapes/all-shapes.ts';
import { buildTree } from '../../../src/engine/explain/trace-tree.ts';
import { drawTrace } from '../../support/trace-dsl.ts';

export interface Around extends Partial<Omit<Surroundings, 'history'>> {
  /** By `service operation`: usual median in ms, and how often it ran and failed (200 and 0 where left out). */
  readonly usual?: Readonly<
    Record<string, number | { readonly ms: number; readonly calls?: number; readonly errors?: number }>
  >;
  readonly logs?: readonly TraceLog[];
}

/** A drawn trace with what surrounds it; p95 is 1.3 and p99 1.5 of the usual median. */
export function drawnContext(picture: string, { logs = [], ...around }: Around = {}): TraceContext {
  return contextOf({ ...drawTrace(picture), logs }, around);
}

export function contextOf(data: TraceData, { usual = {}, ...around }: Omit<Around, 'logs'> = {}): TraceContext {
  const tree = buildTree(data.spans, data.traceId)!;
  const path = criticalPath(tree.root);
  const known = [
    ...new Map(tree.spans.map((span) => [`${span.service} ${span.operation} ${span.kind}`, span])).values(),
  ];
  const history = historyFrom(
    known.flatMap(({ service, kind, operation }) => {
      const given = usual[`${service} ${operation}`];
      if (given === undefined) return [];
      const { ms, calls = 200, errors = 0 } = typeof given === 'number' ? { ms: given } : given;
      return [{ service, kind, operation, usual: { calls, errors, p50Ms: ms, p95Ms: ms * 1.3, p99Ms: ms * 1.5 } }];
    }),
    { fromSeconds: 1_699_913_600, toSeconds: 1_699_999_990 },
  );
  return withSurroundings(data, tree, path, {
    history,
    onset: null,
    untilNs: data.originNs + 60_000_000_000n,
    windows: [],
    callRates: [],
    versions: [],
    memory: [],
    pools: [],
    ...emptyNearby,
    ...around,
  });
}

export const findingsOf = (picture: string, around?: Around): readonly Candidate[] =>
  findShapes(drawnContext(picture, around));

/** What one shape sees. */
export const seen = (shape: ShapeName, picture: string, around?: Around): readonly Candidate[] =>
  allShapes[shape](drawnContext(picture, around));

/** The whole explanation, its evidence without rows. */
export function explanationOf(picture: string, around?: Around): TraceExplanation {
  const context = drawnContext(picture, around);
  const findings = findShapes(context).map((finding) => ({
    ...finding,
    evidence: finding.evidence.map((query) => withRows(query, [])),
  }));
  return describe(context, findings);
}

export const errorLog = (span: number, body: string, more: Partial<TraceLog> = {}): TraceLog => ({
  atNs: 0,
  spanId: String(span).padStart(16, '0'),
  service: 'any',
  severity: 'ERROR',
  severityNumber: 17,
  body,
  exceptionType: '',
  exceptionMessage: '',
  ...more,
});
