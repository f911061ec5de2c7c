import type { CriticalPath } from './critical-path.ts';
import { compare, type History } from './history.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';

/**
 * How much longer than usual each span on the path was by itself: its own time on the path minus what its operation
 * usually keeps for itself (the usual median, less the usual medians of the children that are on the path).
 * Without history the whole own time counts, for nothing says that it is usual.
 */
export function ownExcess(path: CriticalPath, history: History): ReadonlyMap<TreeSpan, number> {
  const excess = new Map<TreeSpan, number>();
  for (const [span, selfNs] of path.selfNs) {
    const usual = history.of(span);
    if (usual === undefined || span.synthetic) {
      excess.set(span, selfNs);
      continue;
    }
    let usualSelfNs = usual.p50Ms * 1e6;
    for (const child of span.children) {
      if (path.selfNs.has(child)) usualSelfNs -= (history.of(child)?.p50Ms ?? durationOf(child) / 1e6) * 1e6;
    }
    excess.set(span, Math.max(0, selfNs - Math.max(0, usualSelfNs)));
  }
  return excess;
}

/** "4.1× its usual 180 ms", "as usual", or that there is no history yet. */
export function comparisonText(span: TreeSpan, history: History, duration: (ms: number) => string): string {
  const comparison = compare(span, history);
  if (comparison === undefined) return 'with no history to compare with yet';
  if (!comparison.isSlow) {
    return comparison.times < 3
      ? 'within its usual range'
      : `${timesText(comparison.times)} its usual ${duration(comparison.usual.p50Ms)}, but 5 % of its calls take as long`;
  }
  return `${timesText(comparison.times)} its usual ${duration(comparison.usual.p50Ms)}`;
}

/** "4.1×", "37×". */
export const timesText = (times: number): string => `${times >= 10 ? Math.round(times) : Math.round(times * 10) / 10}×`;
