import { keyOf, type OperationKey } from '../sql.ts';
import type { TraceProfile } from './profile.ts';

const mostLookedInto = 4;

/** Traces of the root operations that both sides have; all of them where they share none. */
export function alike(bad: readonly TraceProfile[], good: readonly TraceProfile[]) {
  const root = ({ operation: { service, operation } }: TraceProfile): string => `${service}\u0000${operation}`;
  const [ofBad, ofGood] = [new Set(bad.map(root)), new Set(good.map(root))];
  const both = new Set([...ofBad].filter((name) => ofGood.has(name)));
  if (both.size === 0) return { ofBad: bad, ofGood: good, shared: false };
  const within = (profiles: readonly TraceProfile[]): readonly TraceProfile[] =>
    profiles.filter((one) => both.has(root(one)));
  return { ofBad: within(bad), ofGood: within(good), shared: true };
}

/** Operations that traces begin with, the most frequent first. */
export function rootsOf(profiles: readonly TraceProfile[]): readonly OperationKey[] {
  const byRoot = Map.groupBy(profiles, ({ operation }) => keyOf(operation));
  return [...byRoot.values()].toSorted((a, b) => b.length - a.length).map(([first]) => first!.operation);
}

/** Failed ones first, then those around the middle of the durations. */
export function typicalOf(profiles: readonly TraceProfile[]): readonly string[] {
  const middle =
    profiles.map(({ durationMs }) => durationMs).toSorted((a, b) => a - b)[Math.floor(profiles.length / 2)] ?? 0;
  return profiles
    .toSorted(
      (a, b) =>
        Number(b.failed) - Number(a.failed) ||
        Math.abs(a.durationMs - middle) - Math.abs(b.durationMs - middle) ||
        (a.traceId < b.traceId ? -1 : 1),
    )
    .slice(0, mostLookedInto)
    .map(({ traceId }) => traceId);
}
