import { createDetection } from '../../src/engine/analyze/detect/detection.ts';
import type { Anomaly } from '../../src/engine/domain/anomaly.ts';
import { Chance } from './chance.ts';
import { inJob, roughened } from './rough.ts';
import { mondayWindow, type ServiceKind, traffic, windowsPerDay } from './traffic.ts';

/** Anomalies that were raised in normal traffic, for several accepted rates over the same rows. */
export interface FalseAlarms {
  readonly rate: number;
  readonly expected: number;
  readonly observed: number;
  readonly anomalies: readonly Anomaly[];
  /** Of these within the first two hours, and the first day. */
  readonly firstHours: number;
  readonly firstDay: number;
  /** On each of the days. */
  readonly byDay: readonly number[];
  /** Within two minutes of a nightly job, where there is one. */
  readonly atJob: number;
  /** Episodes in which the score was reached, whether or not the change matters to anybody. */
  readonly reached: number;
}

export function falseAlarms(
  kinds: readonly ServiceKind[],
  days: number,
  seed: number,
  rates: readonly number[],
  rough = false,
): FalseAlarms[] {
  const startWindow = mondayWindow;
  const chance = new Chance(seed + 99);
  const next = traffic(kinds, seed, startWindow);
  const runs = rates.map((rate) => ({
    rate,
    detection: createDetection({ falseAlarmsPerWeek: rate, maxSeries: 10_000 }),
    found: new Map<string, Anomaly>(),
    newest: new Map<string, number>(),
    reached: 0,
  }));
  for (let window = startWindow; window < startWindow + days * windowsPerDay; window++) {
    const timeMs = window * 10_000;
    const rows = rough ? roughened(next(), window - startWindow, chance) : next();
    for (const run of runs) {
      const { detection, found, newest, rate } = run;
      const step = detection.push({ timeMs, seconds: 10, rows, votes: [], nowMs: timeMs + 15_000 });
      for (const anomaly of step.anomalies) found.set(anomaly.id, anomaly);
      for (const { service, score } of step.services) {
        if (score < -Math.log10(rate)) continue;
        if (window - (newest.get(service) ?? 0) > 90) run.reached++;
        newest.set(service, window);
      }
    }
  }
  const within = (anomalies: readonly Anomaly[], windows: number): number =>
    anomalies.filter(({ startMs }) => startMs / 10_000 - startWindow < windows).length;
  return runs.map(({ rate, found, reached }) => {
    const anomalies = [...found.values()];
    return {
      rate,
      expected: (rate * kinds.length * days) / 7,
      observed: anomalies.length,
      reached,
      anomalies,
      firstHours: within(anomalies, 720),
      firstDay: within(anomalies, windowsPerDay),
      byDay: Array.from(
        { length: days },
        (_, day) => within(anomalies, (day + 1) * windowsPerDay) - within(anomalies, day * windowsPerDay),
      ),
      atJob: rough ? anomalies.filter(({ startMs }) => inJob(startMs / 10_000 - startWindow)).length : 0,
    };
  });
}
