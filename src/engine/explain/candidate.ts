import type { EvidenceQuery } from './evidence/evidence.ts';
import type { Culprit, Finding } from './explanation.ts';
import { latencyNs, type TraceContext } from './context.ts';
import type { TreeSpan } from './tree-span.ts';

/** A finding whose evidence has not been fetched: what to ask, and under which title. */
export interface Candidate extends Omit<Finding, 'evidence'> {
  readonly evidence: readonly EvidenceQuery[];
  /** The trace failed, and this is why. */
  readonly explainsFailure: boolean;
}

/** A known shape: looks at a trace and its surroundings, and says where it sees itself. Pure. */
export type Shape = (context: TraceContext) => readonly Candidate[];

export function explains(ns: number, context: TraceContext): Finding['explains'] {
  const latency = latencyNs(context);
  const capped = Math.max(0, Math.min(ns, latency));
  return { ms: capped / 1e6, percent: latency > 0 ? Math.round((capped / latency) * 1000) / 10 : 0 };
}

export const culpritOf = (span: TreeSpan, more: Partial<Culprit> = {}): Culprit => ({
  service: span.service,
  operation: span.operation,
  spanId: receivedId(span.spanId),
  ...more,
});

/** Ids under which the store knows the spans; those that shared one got a suffix in the tree. */
export const receivedId = (spanId: string): string => spanId.split('#', 1)[0]!;

/** Most span ids that a finding lists, and rows that its evidence shows. */
export const mostEvidence = 50;

export const idsOf = (spans: readonly TreeSpan[]): readonly string[] =>
  [...new Set(spans.map(({ spanId }) => receivedId(spanId)))].slice(0, mostEvidence);
