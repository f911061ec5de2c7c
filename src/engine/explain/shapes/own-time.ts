import { calleeOf, type TraceContext } from '../context.ts';
import { keyOf } from '../sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { instanceOf } from './process.ts';

/** What one process of a service lost in its own code, beyond the usual. */
export interface OwnTime {
  readonly service: string;
  readonly instance: string;
  readonly ns: number;
  readonly worst: TreeSpan;
  /** Its spans that lost time, the worst first. */
  readonly spans: readonly TreeSpan[];
  /** Distinct operations among them. */
  readonly operations: number;
}

const leastNs = 1_000_000;

/**
 * By process, the most first: time on the path beyond the usual in spans that wait for nobody else, and before a process
 * that was called began to answer: one that cannot run does not begin either.
 * @param lateNs of calls of which no span tells what the callee did so much each: a process that cannot run takes answers
 *   late
 */
export function ownTimes({ excess }: TraceContext, lateNs = 0): readonly OwnTime[] {
  const own = [...excess].flatMap(([span, ns]): readonly (readonly [TreeSpan, number])[] => {
    if (span.synthetic || ns < leastNs) return [];
    if (span.kind !== 'Client' && span.kind !== 'Producer') return [[span, ns]];
    const callee = calleeOf(span);
    if (callee !== undefined) return [[callee, ns]];
    return lateNs < leastNs ? [] : [[span, Math.min(ns, lateNs)]];
  });
  const byProcess = Map.groupBy(own, ([span]) => `${span.service}\u0000${instanceOf(span)}`);
  return [...byProcess.values()]
    .map((entries) => {
      const spans = [...new Set(entries.toSorted(([, a], [, b]) => b - a).map(([span]) => span))];
      const worst = spans[0]!;
      return {
        service: worst.service,
        instance: instanceOf(worst),
        ns: entries.reduce((sum, [, ns]) => sum + ns, 0),
        worst,
        spans,
        operations: new Set(spans.map(keyOf)).size,
      };
    })
    .sort((a, b) => b.ns - a.ns);
}
