import { limits } from '../../domain/limits.ts';
import type { TraceContext } from '../context.ts';
import type { Sampled } from '../nearby.ts';
import type { TimeRange } from '../question.ts';
import { keyOf } from '../sql.ts';
import { oneIn } from '../time-sql.ts';
import { windowAt } from '../times.ts';

/** However many spans there are: in less time slow requests and others would seldom be found together. */
const leastMs = 60_000;

/** The minutes that are read, up to a minute after the trace, and one in how many of their traces: so that the limits hold. */
export function requestsRead(
  context: Pick<TraceContext, 'data' | 'untilNs' | 'windows' | 'tree'>,
  around: Sampled,
): { readonly range: TimeRange; readonly one: number } {
  const { data, untilNs, windows, tree } = context;
  const { rootRequests, rootRequestSpans, rootRequestsMs } = limits.explain;
  const toMs = Math.max(windowAt(untilNs) * 1000, Number(data.originNs / 1_000_000n) + 1);
  const aroundMs = (around.recentTo - around.recentFrom + around.usualTo - around.usualFrom) * 1000;
  const perMs = around.spans / Math.max(leastMs, aroundMs);
  const ms = Math.min(rootRequestsMs, Math.max(leastMs, rootRequestSpans / perMs));
  const range = { fromMs: windowAt(BigInt(Math.round(toMs - ms)) * 1_000_000n) * 1000, toMs };
  const requests = windows
    .filter((window) => keyOf(window) === keyOf(tree.root) && window.time * 1000 >= range.fromMs)
    .reduce((sum, { calls }) => sum + calls, 0);
  return { range, one: Math.max(oneIn(requests, rootRequests), oneIn(ms * perMs, rootRequestSpans)) };
}
