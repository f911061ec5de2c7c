import type { TraceContext } from '../context.ts';
import { keyOf } from '../sql.ts';
import { comparedPeriods, windowAt } from '../times.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';

const least = { calls: 3, times: 1.4 };

/**
 * Whether a span alone was slow: calls of its operation around it took what they usually take. Undefined where too few
 * are known. A fault that lasts shows in its neighbours; one slow call among many may be chance.
 */
export function isAlone(span: TreeSpan, context: TraceContext): boolean | undefined {
  const usual = context.history.of(span);
  if (usual === undefined) return undefined;
  const key = keyOf(span);
  const { recent } = comparedPeriods(context);
  const own = windowAt(context.data.originNs + BigInt(Math.round(span.startNs - span.shiftNs)));
  const around = context.windows.filter(
    (window) => keyOf(window) === key && window.time >= Math.min(own, recent.fromSeconds),
  );
  let [calls, totalMs] = [0, 0];
  for (const window of around) {
    calls += window.calls;
    totalMs += window.calls * window.meanMs;
  }
  if (around.some(({ time }) => time === own)) {
    calls -= 1;
    totalMs -= durationOf(span) / 1e6;
  }
  if (calls < least.calls) return undefined;
  return totalMs / calls < Math.max(usual.p50Ms * least.times, usual.p95Ms / 2);
}

/** What an answer adds where a span alone was slow. */
export const aloneText = 'Calls of it around this trace took what they usually take: this one may have been unlucky.';
