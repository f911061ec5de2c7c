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

/**
 * The minutes around the trace, from the change on where one lies in them; and the half hour before that. Where no change
 * is seen and the operations are younger than two minutes, half of what lies before the trace is left to compare with.
 */
export function comparedPeriods({
  data,
  onset,
  untilNs,
  windows,
}: Pick<TraceContext, 'data' | 'onset' | 'untilNs' | 'windows'>): {
  readonly usual: Period;
  readonly recent: Period;
} {
  const start = windowAt(data.originNs);
  const toSeconds = windowAt(untilNs);
  const oldest = windows.reduce((least, { time }) => Math.min(least, time), start);
  const halfway = Math.ceil((oldest + start) / 20) * 10;
  const since = onset?.time ?? halfway;
  const fromSeconds = Math.min(toSeconds - 10, Math.max(start - 60, since));
  return {
    usual: {
      fromSeconds: onset?.calmSince ?? start - 1800,
      toSeconds: Math.min(fromSeconds, onset?.time ?? fromSeconds),
    },
    recent: { fromSeconds, toSeconds },
  };
}
