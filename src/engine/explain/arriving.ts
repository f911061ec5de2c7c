import { calleeOf, isDatabaseCall, type TraceContext } from './context.ts';
import { attributeOf } from './span.ts';
import type { TraceTree } from './trace-tree.ts';

/** A trace as young as this may still lack spans: SDKs send them in batches, each process at its own pace. */
const youngMs = 20_000;

/** Whom the trace called by name without a span from there. */
export function silentPeers(tree: TraceTree): readonly string[] {
  const silent = new Set<string>();
  for (const span of tree.spans) {
    if (span.kind !== 'Client' || isDatabaseCall(span) || calleeOf(span) !== undefined) continue;
    const peer = attributeOf(span, 'service.peer.name', 'peer.service');
    if (peer !== undefined) silent.add(peer);
  }
  return [...silent];
}

/** Services that were called, send spans of their own otherwise, and sent none of this trace. */
export function overdueServices({ tree, callRates }: Pick<TraceContext, 'tree' | 'callRates'>): readonly string[] {
  const sending = new Set(callRates.filter(({ kind }) => kind !== 'Client').map(({ service }) => service));
  return silentPeers(tree).filter((peer) => sending.has(peer));
}

/** Spans of the trace are probably under way: it is young, and lacks a parent, its root, or a service that sends spans. */
export function isArriving(context: Pick<TraceContext, 'tree' | 'callRates' | 'data'>, nowUnixMs: number): boolean {
  const { tree, data } = context;
  const endMs = Number(data.originNs / 1_000_000n) + tree.root.endNs / 1e6;
  // Of a trace that lies in the future nobody knows how young it is.
  if (Math.abs(nowUnixMs - endMs) > youngMs) return false;
  return tree.notes.isRootMissing || tree.notes.missingParents > 0 || overdueServices(context).length > 0;
}
