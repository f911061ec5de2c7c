import { shareOf, type TraceContext } from '../context.ts';
import { compare } from '../history.ts';
import { keyOf } from '../sql.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';

/** Spans of one operation that together were longer, by themselves, than usual. */
export interface SlowGroup {
  readonly spans: readonly TreeSpan[];
  readonly excessNs: number;
}

const least = { share: 0.15, excessMs: 3, shareWithoutHistory: 0.5 };

/**
 * Operations on the path that took longer by themselves than they usually do, worst first. Without history an
 * operation is slow when it alone is half of the trace. Many quick calls are not slow calls.
 */
export function slowGroups(context: TraceContext): readonly SlowGroup[] {
  const groups: SlowGroup[] = [];
  const onPath = [...context.excess.keys()].filter((span) => !span.synthetic);
  for (const spans of Map.groupBy(onPath, keyOf).values()) {
    const excessNs = spans.reduce((sum, span) => sum + (context.excess.get(span) ?? 0), 0);
    const comparisons = spans.map((span) => compare(span, context.history));
    const share = shareOf(excessNs, context);
    if (comparisons[0] === undefined) {
      const longest = Math.max(...spans.map(durationOf));
      const total = spans.reduce((sum, span) => sum + durationOf(span), 0);
      if (share < least.shareWithoutHistory || longest < total / 2) continue;
    } else if (share < least.share || excessNs < least.excessMs * 1e6 || !comparisons.some((one) => one?.isSlow))
      continue;
    groups.push({ spans, excessNs });
  }
  return groups.sort((a, b) => b.excessNs - a.excessNs);
}
