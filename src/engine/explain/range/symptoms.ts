import { limits } from '../../domain/limits.ts';
import type { OnsetMs } from '../changes/place-changes.ts';
import type { Window } from '../onset.ts';
import { keyOf, type OperationKey } from '../sql.ts';
import { deviationsOf, type Deviation } from './deviation.ts';
import { fineSeconds, onWholeWindows } from './fine-windows.ts';
import { fromItsStart } from './from-its-start.ts';
import type { OperationTotals } from './operation-rows.ts';
import type { Periods } from './periods.ts';
import { trafficChange } from './traffic.ts';

/** An operation that left what is usual for it. */
export interface Worse extends OperationKey {
  readonly deviation: Deviation;
}

/**
 * Operations whose windows are worth reading: by time beyond the usual, by failures beyond the usual, by time alone, by
 * calls that did not come.
 */
export function candidatesOf(
  totals: readonly OperationTotals[],
  { now, usual }: Pick<Periods, 'now' | 'usual'>,
): readonly OperationKey[] {
  const quarter = Math.ceil(limits.explain.rangeWindowed / 4);
  const usually =
    usual === null ? 0 : (now.toSeconds - now.fromSeconds) / Math.max(1, usual.toSeconds - usual.fromSeconds);
  const most = (by: (each: OperationTotals) => number): readonly OperationTotals[] =>
    totals
      .map((each) => ({ each, size: by(each) }))
      .filter(({ size }) => size > 0)
      .sort((a, b) => b.size - a.size || (keyOf(a.each) < keyOf(b.each) ? -1 : 1))
      .slice(0, quarter)
      .map(({ each }) => each);
  const chosen = [
    ...most(({ calls, meanMs, usualCalls, usualMeanMs }) => (usualCalls === 0 ? 0 : calls * (meanMs - usualMeanMs))),
    ...most(({ calls, errors, usualCalls, usualErrors }) => errors - calls * (usualErrors / Math.max(1, usualCalls))),
    ...most(({ calls, meanMs }) => calls * meanMs),
    ...most(({ calls, usualCalls }) => usualCalls * usually - calls),
  ];
  return [
    ...new Map(
      chosen.map(({ service, kind, operation }) => [keyOf({ service, kind, operation }), { service, kind, operation }]),
    ).values(),
  ];
}

/**
 * The clearest first. How often something is called is told where nothing else of it is; of an operation both its duration and its failures may have changed.
 * @param fine the same windows, usual and asked ones, of 2 s, where what is usual is short
 */
export function worseOperations(
  operations: readonly OperationKey[],
  usual: readonly Window[],
  asked: readonly Window[],
  { joined, stepSeconds, now }: Pick<Periods, 'joined' | 'now' | 'stepSeconds'>,
  fine: readonly Window[] = [],
): readonly Worse[] {
  const [usualOf, askedOf, fineOf] = [byOperation(usual), byOperation(asked), byOperation(fine)];
  const of = (operation: OperationKey): readonly Deviation[] => {
    const [before, within] = [usualOf.get(keyOf(operation)) ?? [], askedOf.get(keyOf(operation)) ?? []];
    const found = slowerOrFailing(operation, before, within);
    if (found.length > 0) return found;
    const traffic = trafficChange(before, within, now, stepSeconds);
    return traffic === null ? [] : [traffic];
  };
  const slowerOrFailing = (
    operation: OperationKey,
    before: readonly Window[],
    within: readonly Window[],
  ): readonly Deviation[] => {
    const finely = fineOf.get(keyOf(operation));
    if (finely === undefined) {
      const found = deviationsOf(before, within, joined, stepSeconds);
      return joined ? found.map((deviation) => withLongBeginning(deviation, before, within, stepSeconds)) : found;
    }
    const parts = [
      finely.filter(({ time }) => time < now.fromSeconds),
      finely.filter(({ time }) => time >= now.fromSeconds),
    ] as const;
    return deviationsOf(...parts, joined, fineSeconds)
      .map((deviation) => onWholeWindows(deviation, [...before, ...within]))
      .filter((deviation) => deviation !== null);
  };
  return operations
    .flatMap((operation) => of(operation).map((deviation): Worse => ({ ...operation, deviation })))
    .sort((a, b) => b.deviation.score - a.deviation.score || (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** Less may be chance, and nobody asks a few seconds after a change what came before it. */
const leastEarlierSeconds = 30;

/** What had gone on for long when the asked time began, since when it did, and with the figures of all that time. */
function withLongBeginning(
  deviation: Deviation,
  before: readonly Window[],
  within: readonly Window[],
  stepSeconds: number,
): Deviation {
  const moved = fromItsStart(deviation, before, stepSeconds);
  if (moved.fromSeconds > deviation.fromSeconds - leastEarlierSeconds) return deviation;
  return onWholeWindows(moved, [...before, ...within]) ?? deviation;
}

const byOperation = (windows: readonly Window[]): ReadonlyMap<string, readonly Window[]> => Map.groupBy(windows, keyOf);

/** When it began, and how surely, Unix milliseconds: the earliest beginning among what is clearly worse. */
export function onsetOf(worse: readonly Worse[]): OnsetMs | null {
  const real = worse.filter(({ deviation }) => deviation.what !== 'traffic' && deviation.usual !== null);
  const clearest = real.reduce((most, { deviation }) => Math.max(most, deviation.score), 0);
  const clear = real.filter(({ deviation }) => deviation.score >= clearest / 2);
  if (clear.length === 0) return null;
  const first = clear.reduce((a, b) => (b.deviation.fromSeconds < a.deviation.fromSeconds ? b : a)).deviation;
  return { at: first.fromSeconds * 1000, from: first.earliest * 1000, to: first.latest * 1000 };
}
