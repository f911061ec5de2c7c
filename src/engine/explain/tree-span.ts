import type { Span } from './span.ts';

/** A span with its place in the tree. `startNs` and `endNs` are corrected for clock skew; `shiftNs` says by how much. */
export interface TreeSpan extends Omit<Span, 'startNs'> {
  startNs: number;
  endNs: number;
  shiftNs: number;
  parent: TreeSpan | null;
  /** By start, then id. */
  readonly children: TreeSpan[];
  depth: number;
  /** Stands in for a parent that was never received; its times span those of its children. */
  readonly synthetic: boolean;
  /** No end was received: the end is its last descendant's. */
  unfinished: boolean;
  /** Time in none of its children. */
  selfNs: number;
}

/**
 * How much later than its true start a span may seem to end: SDKs that read a millisecond clock once and then count
 * durations finely round starts down (OpenTelemetry for JavaScript does).
 */
export const clockToleranceNs = 1_000_000;

/** Smallest overhang that counts as one: exporters round to the microsecond and end spans after the last byte. */
export const overhangToleranceNs = 1_000_000;

export function rootOf(span: TreeSpan): TreeSpan {
  let root = span;
  while (root.parent !== null) root = root.parent;
  return root;
}

export const durationOf = (span: TreeSpan): number => span.endNs - span.startNs;

export const byStart = (a: TreeSpan, b: TreeSpan): number =>
  a.startNs - b.startNs || b.endNs - a.endNs || (a.spanId < b.spanId ? -1 : a.spanId > b.spanId ? 1 : 0);
