import { isError, processOf } from './span.ts';
import { byStart, overhangToleranceNs, type TreeSpan } from './tree-span.ts';

/** By how much the clock of a service was set right, and for how many spans. */
export interface Skew {
  readonly service: string;
  readonly shiftNs: number;
  readonly spans: number;
}

/**
 * Corrects the clocks of callees, as Jaeger's clock skew adjuster does (jaegertracing/jaeger, adjuster/clockskew.go):
 * a server span that lies outside the client span that called it, in another process, is centred in it, network time
 * split evenly, and all spans of that process below it move along. Children are sorted by their corrected start.
 *
 * Left alone: messages (a consumer may run at any later time), callees longer than their caller (it gave up waiting)
 * unless they start before it, and calls that failed by timing out.
 * @returns the shift of each service, largest first.
 */
export function estimateSkew(roots: readonly TreeSpan[]): readonly Skew[] {
  const shifts = new Map<string, { service: string; shiftNs: number; spans: number }>();
  for (const root of roots) {
    const known = new Map<string, number>([[processOf(root), 0]]);
    const stack = [root];
    while (stack.length > 0) {
      const parent = stack.pop()!;
      for (const child of parent.children) {
        shift(child, shiftFor(parent, child, known));
        if (child.shiftNs !== 0) {
          const of = shifts.get(child.service) ?? { service: child.service, shiftNs: child.shiftNs, spans: 0 };
          of.spans++;
          shifts.set(child.service, of);
        }
        stack.push(child);
      }
      parent.children.sort(byStart);
    }
  }
  return [...shifts.values()].sort(
    (a, b) => Math.abs(b.shiftNs) - Math.abs(a.shiftNs) || (a.service < b.service ? -1 : 1),
  );
}

function shiftFor(parent: TreeSpan, child: TreeSpan, known: Map<string, number>): number {
  const process = processOf(child);
  if (parent.synthetic) {
    if (!known.has(process)) known.set(process, 0);
    return known.get(process)!;
  }
  if (process === processOf(parent)) return parent.shiftNs;
  const before = known.get(process) ?? 0;
  const needed = before + skewOf(parent, child, before);
  if (!known.has(process)) known.set(process, needed);
  return needed;
}

/** Processes of one machine share a clock, but read it in their own ways. */
const sameHostTimes = 10;

const isSameHost = (a: TreeSpan, b: TreeSpan): boolean =>
  a.resource['host.name'] !== undefined && a.resource['host.name'] === b.resource['host.name'];

/** How far `child`, already moved by `before`, must move to lie within `parent`. */
function skewOf(parent: TreeSpan, child: TreeSpan, before: number): number {
  if (child.kind === 'Consumer' || parent.kind === 'Producer') return 0;
  // An unfinished caller has no end to compare with.
  if (parent.durationNs === 0) return 0;
  const start = child.startNs + before;
  const end = child.endNs + before;
  if (child.durationNs > parent.durationNs) return start < parent.startNs ? parent.startNs - start : 0;
  const early = parent.startNs - start;
  const late = end - parent.endNs;
  const tolerance = overhangToleranceNs * (isSameHost(parent, child) ? sameHostTimes : 1);
  if (early <= tolerance && late <= tolerance) return 0;
  if (early <= tolerance && isError(parent)) return 0;
  const network = Math.floor((parent.durationNs - child.durationNs) / 2);
  return parent.startNs + network - start;
}

function shift(span: TreeSpan, byNs: number): void {
  span.startNs += byNs;
  span.endNs += byNs;
  span.shiftNs = byNs;
}
