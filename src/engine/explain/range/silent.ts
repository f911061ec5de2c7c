import type { Period } from '../sql.ts';
import type { Call } from './calls.ts';
import type { ServiceWindow } from './flow.ts';
import { sum } from './sums.ts';
import type { Worse } from './symptoms.ts';

/** A service that others call, and that answered nothing any more. */
export interface SilentService {
  readonly service: string;
  /** Unix seconds of the end of the last window in which it answered. */
  readonly sinceSeconds: number;
  /** Calls that it would have answered since, by how often those who call it were called themselves. */
  readonly expected: number;
  /** Who calls it and fails. */
  readonly failing: readonly string[];
}

/** So many calls that never came are no pause of the traffic. */
const leastExpected = 8;
const leastSilentSeconds = 10;

/** Services that stopped to answer while those that call them fail. */
export function silentServices(
  services: readonly string[],
  usual: readonly ServiceWindow[],
  now: readonly ServiceWindow[],
  periods: { readonly now: Period; readonly usual: Period | null; readonly stepSeconds: number },
  calls: readonly Call[],
  worse: readonly Worse[],
): readonly SilentService[] {
  if (periods.usual === null) return [];
  const failing = new Set(worse.filter(({ deviation }) => deviation.what === 'errors').map(({ service }) => service));
  const [usualOf, nowOf] = [Map.groupBy(usual, nameOf), Map.groupBy(now, nameOf)];
  const callersOf = Map.groupBy(
    calls.filter(({ caller }) => failing.has(caller)),
    ({ callee }) => callee,
  );
  const silent = services.flatMap((service): readonly SilentService[] => {
    const before = usualOf.get(service) ?? [];
    const [first] = before;
    if (first === undefined) return [];
    const last = [...(nowOf.get(service) ?? []), ...before].reduce((most, { time }) => Math.max(most, time), 0);
    const sinceSeconds = last + periods.stepSeconds;
    const seconds = periods.now.toSeconds - Math.max(sinceSeconds, periods.now.fromSeconds);
    const callers = [...new Set((callersOf.get(service) ?? []).map(({ caller }) => caller))].toSorted();
    const expected = expectedSince(sinceSeconds, before, callers, usualOf, nowOf);
    if (seconds < leastSilentSeconds || expected < leastExpected) return [];
    return [{ service, sinceSeconds, expected: Math.round(expected), failing: callers }];
  });
  return notExplained(silent);
}

type ByService = ReadonlyMap<string, readonly ServiceWindow[]>;

/** Nobody asks a service any more whose callers are not asked themselves: traffic that ended is nobody's fault. */
function expectedSince(
  sinceSeconds: number,
  before: readonly ServiceWindow[],
  callers: readonly string[],
  usualOf: ByService,
  nowOf: ByService,
): number {
  const countOf = (windows: readonly ServiceWindow[]): number => sum(windows, ({ calls }) => calls);
  const usually = sum(callers, (caller) => countOf(usualOf.get(caller) ?? []));
  const since = sum(callers, (caller) => countOf((nowOf.get(caller) ?? []).filter(({ time }) => time >= sinceSeconds)));
  return usually === 0 ? 0 : (countOf(before) / usually) * since;
}

/** Who is not asked any more since its caller fails at another one is silent too, and to blame for nothing. */
function notExplained(silent: readonly SilentService[]): readonly SilentService[] {
  const explained = new Set<string>();
  return silent
    .toSorted(
      (a, b) => b.failing.length - a.failing.length || b.expected - a.expected || (a.service < b.service ? -1 : 1),
    )
    .filter(({ failing }) => {
      const isNew = failing.some((caller) => !explained.has(caller));
      for (const caller of failing) explained.add(caller);
      return isNew;
    });
}

const nameOf = ({ service }: ServiceWindow): string => service;
