import type { FeatureMark } from '../../domain/feature-row.ts';
import type { Stretch } from './known-trouble.ts';
import { type Matrix, pickRows } from './matrix.ts';

/** Around an anomaly: it begins before it is found, and what broke takes a while to settle. */
const marginMs = 5 * 60_000;
/** After a restart or a deploy caches are cold. */
const settleMs = 2 * 60_000;
const settling: readonly FeatureMark[] = ['restart', 'deploy'];
const single: readonly FeatureMark[] = ['late', 'gap', 'reset'];
/** Stretches that a report names. */
const named = 20;

export interface Kept {
  readonly times: Float64Array;
  readonly values: Float32Array;
  /** Windows by why they were left out. */
  readonly leftOut: Readonly<Record<string, number>>;
  readonly stretches: readonly Stretch[];
}

/** Without the windows that something is known against: near an anomaly or incident, or marked. */
export function leaveOut({ times, values, columns, marks, seconds }: Matrix, trouble: readonly Stretch[]): Kept {
  const kept: number[] = [];
  const leftOut: Record<string, number> = {};
  let settledMs = -Infinity;
  let settlingFrom: FeatureMark = 'restart';
  for (const [row, time] of times.entries()) {
    const mark = settling.find((one) => marks[row]!.includes(one));
    if (mark !== undefined) {
      settledMs = time + settleMs;
      settlingFrom = mark;
    }
    const near = trouble.find(
      ({ fromMs, toMs }) => time + seconds * 1000 > fromMs - marginMs && time < toMs + marginMs,
    );
    const why =
      near?.why ?? (time < settledMs ? settlingFrom : single.find((one) => marks[row]!.includes(one))) ?? null;
    if (why === null) kept.push(row);
    else leftOut[why] = (leftOut[why] ?? 0) + 1;
  }
  return {
    times: Float64Array.from(kept, (row) => times[row]!),
    values: pickRows(values, columns.length, kept),
    leftOut,
    stretches: trouble.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, named),
  };
}
