import { createDetection } from '../../src/engine/analyze/detect/detection.ts';
import { residentBytes } from '../support/process-memory.ts';
import { mondayWindow, serviceKinds, traffic, windowsPerDay } from './traffic.ts';

export interface Cost {
  readonly services: number;
  readonly series: number;
  readonly days: number;
  readonly microsecondsASeriesAndWindow: number;
  readonly millisecondsAWindow: number;
  readonly slowestWindowMs: number;
  /** Of one core, when a window comes every 10 s. */
  readonly cpuShare: number;
  /** What detection keeps, after a collection: heap and typed arrays. */
  readonly keptMiB: number;
  readonly residentMiB: number;
  readonly kiBASeries: number;
  readonly stateMiB: number;
  readonly stateMs: number;
}

/** Ten series a service. Rows are made outside of what is measured. */
export function cost(services: number, days: number): Cost {
  const start = mondayWindow;
  const next = traffic(serviceKinds(services, 0).map(named), 1, start);
  const before = kept();
  const residentBefore = residentBytes(process.pid);
  const detection = createDetection({ falseAlarmsPerWeek: 1, maxSeries: 10_000 });
  let cpu = 0;
  let slowest = 0;
  const windows = days * windowsPerDay;
  for (let age = 0; age < windows; age++) {
    const rows = next();
    const timeMs = (start + age) * 10_000;
    const from = performance.now();
    detection.push({ timeMs, seconds: 10, rows, votes: [], nowMs: timeMs + 15_000 });
    const took = performance.now() - from;
    cpu += took;
    if (age > 100) slowest = Math.max(slowest, took);
  }
  const keptBytes = kept() - before;
  const resident = residentBytes(process.pid) - residentBefore;
  const from = performance.now();
  const state = detection.state();
  const stateMs = performance.now() - from;
  const series = services * 10;
  const mebi = (bytes: number): number => bytes / 1024 / 1024;
  return {
    services,
    series,
    days,
    microsecondsASeriesAndWindow: (cpu * 1000) / windows / series,
    millisecondsAWindow: cpu / windows,
    slowestWindowMs: slowest,
    cpuShare: cpu / windows / 10_000,
    keptMiB: mebi(keptBytes),
    residentMiB: mebi(resident),
    kiBASeries: keptBytes / 1024 / series,
    stateMiB: mebi(state.length),
    stateMs,
  };
}

const named = (kind: ReturnType<typeof serviceKinds>[number], index: number) => ({ ...kind, name: `service-${index}` });

function kept(): number {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
