import type { TraceContext } from './context.ts';
import type { Period } from './sql.ts';

const minuteNs = 60_000_000_000n;
/** What is younger may still be under way from its sender. */
const settlingNs = 3_000_000_000n;

/** Unix nanoseconds of the trace's last end. */
export function endOf({ data, tree }: Pick<TraceContext, 'data' | 'tree'>): bigint {
  return data.originNs + BigInt(Math.ceil(tree.spans.reduce((most, { endNs }) => Math.max(most, endNs), 0)));
}

/**
 * Up to when to look at what happened around a trace: a minute beyond its end, as far as that is past. The first trace
 * of a fault can only be understood from those that came after it.
 */
export function untilFor(endNs: bigint, nowNs: bigint): bigint {
  const settled = nowNs - settlingNs;
  const wanted = endNs + minuteNs;
  return settled < endNs ? endNs : settled < wanted ? settled : wanted;
}

/** Unix seconds of the start of the 10 s window that holds a moment: the end of those that were over by then. */
export const windowAt = (unixNs: bigint): number => Number(unixNs / 10_000_000_000n) * 10;

/** The minutes around the trace, from the change on where one lies in them; and the half hour before that. */
export function comparedPeriods({ data, onset, untilNs }: Pick<TraceContext, 'data' | 'onset' | 'untilNs'>): {
  readonly usual: Period;
  readonly recent: Period;
} {
  const start = windowAt(data.originNs);
  const toSeconds = windowAt(untilNs);
  const fromSeconds = Math.min(toSeconds - 10, Math.max(start - 60, onset?.time ?? 0));
  return {
    usual: {
      fromSeconds: onset?.calmSince ?? start - 1800,
      toSeconds: Math.min(fromSeconds, onset?.time ?? fromSeconds),
    },
    recent: { fromSeconds, toSeconds },
  };
}
