import { latencyNs, type TraceContext } from './context.ts';
import type { PathSegment } from './critical-path.ts';

const least = { ns: 20_000_000, share: 0.1 };
const mostWaits = 2;

/**
 * The longest stretches of the path in which a service did nothing that left a span: it computed, or waited for what no
 * span tells of, a connection or a lock. Calls are left out: there another service works.
 */
export const quietWaits = (
  context: Pick<TraceContext, 'tree' | 'path'>,
  most: number = mostWaits,
): readonly PathSegment[] =>
  context.path.segments
    .filter(({ span, fromNs, toNs }) => {
      const ns = toNs - fromNs;
      return (
        !span.synthetic &&
        span.kind !== 'Client' &&
        span.kind !== 'Producer' &&
        ns >= least.ns &&
        ns >= latencyNs(context) * least.share
      );
    })
    .toSorted((a, b) => b.toNs - b.fromNs - (a.toNs - a.fromNs))
    .slice(0, most);
