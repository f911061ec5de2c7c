import { createDetection } from '../../src/engine/analyze/detect/detection.ts';
import type { FeatureRow } from '../../src/engine/domain/feature-row.ts';
import { Chance } from './chance.ts';
import { type Fault, withFault } from './faults.ts';
import { mondayWindow, type ServiceKind, traffic } from './traffic.ts';

/** When the fault comes, in windows since the first one on a Monday at 9:00. */
export const moments = [
  { name: 'after 2 min', at: 12 },
  { name: 'after 1 h', at: 360 },
  { name: 'night, day 2', at: 360 * 42 },
  { name: 'peak, day 3', at: 360 * 53 },
] as const;

export interface Trial {
  readonly fault: string;
  readonly moment: string;
  readonly service: string;
  /** Calls in a window, without the fault. */
  readonly calls: number;
  /** Windows from the first bad one to the finding, 0 for the first itself; `null` when it was not found. */
  readonly delay: number | null;
  readonly summary: string;
}

/** Each fault at each moment in each service; services are judged apart, so that one run tries all of them. */
export function power(kinds: readonly ServiceKind[], faults: readonly Fault[], seed: number, rate = 1): Trial[] {
  const start = mondayWindow + 9 * 360;
  const trials: Trial[] = [];
  const next = traffic(kinds, seed, start);
  const detection = createDetection({ falseAlarmsPerWeek: rate, maxSeries: 10_000 });
  const longest = 6 * Math.max(...faults.map(({ minutes }) => minutes));
  const last = moments.at(-1)!.at + longest;
  const ahead: FeatureRow[][] = [];
  for (let age = 0; age < last; age++) {
    const moment = moments.find(({ at }) => at === age);
    if (moment !== undefined) {
      while (ahead.length < longest) ahead.push(next());
      const state = detection.state();
      for (const fault of faults) trials.push(...tried(kinds, fault, moment.name, state, ahead, start + age, rate));
      if (moment === moments.at(-1)) break;
    }
    push(detection, start + age, ahead.shift() ?? next());
  }
  return trials;
}

const push = (detection: ReturnType<typeof createDetection>, window: number, rows: readonly FeatureRow[]) =>
  detection.push({ timeMs: window * 10_000, seconds: 10, rows, votes: [], nowMs: window * 10_000 + 15_000 });

function tried(
  kinds: readonly ServiceKind[],
  fault: Fault,
  moment: string,
  state: string,
  rows: readonly FeatureRow[][],
  from: number,
  rate: number,
): Trial[] {
  const detection = createDetection({ falseAlarmsPerWeek: rate, maxSeries: 10_000 }, state);
  const chance = new Chance(from);
  const found = new Map<string, { delay: number; summary: string }>();
  for (let bad = 0; bad < fault.minutes * 6; bad++) {
    const step = push(detection, from + bad, withFault(rows[bad]!, fault, bad, chance));
    for (const { service, summary } of step.anomalies)
      if (!found.has(service)) found.set(service, { delay: bad, summary });
  }
  return kinds.map(({ name }) => {
    const calls = rows
      .slice(0, 30)
      .flatMap((window) => window.filter(({ kind, service }) => kind === 'service' && service === name))
      .reduce((sum, { values }) => sum + values['calls']! / 30, 0);
    const hit = found.get(name);
    return { fault: fault.name, moment, service: name, calls, delay: hit?.delay ?? null, summary: hit?.summary ?? '' };
  });
}
