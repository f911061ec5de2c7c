import { randomFrom } from '../../src/engine/analyze/autoencoder/random.ts';
import { windowsPerDay } from './day.ts';

/** Wrong combinations of values that are each one of everyday. */
export const faults = [
  'slow while idle',
  'CPU without requests',
  'errors without log lines',
  'calls without effect',
] as const;
export type Fault = (typeof faults)[number];

const operations = 4;
export const serviceFeatures = operations * 4 + 8;

interface Injection {
  readonly fault: Fault;
  readonly from: number;
  readonly windows: number;
  /** Over how many windows it grows to its full size. */
  readonly growth: number;
}

/**
 * A made-up day of one service, 10 s windows: traffic with a daily season and bursts; per operation rate, p50, p99 and
 * errors; CPU, pool use, memory, calls to two dependencies, bytes out, error and warning log lines. Latency follows
 * utilisation as in a queue (base / (1 − utilisation)), so the features hang together, but not along straight lines.
 *
 * @returns windows × features
 */
export function serviceWindows(seed: number, injection?: Injection): Float64Array {
  const random = randomFrom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const about = (value: number, spread: number): number => value * Math.exp(spread * normal());
  const rows = new Float64Array(windowsPerDay * serviceFeatures);
  let [burst, memory] = [0, 0.5];
  for (let window = 0; window < windowsPerDay; window++) {
    burst = 0.95 * burst + 0.03 * normal();
    memory += 0.01 * (0.5 - memory) + 0.007 * normal();
    const season = 0.5 - 0.4 * Math.cos((2 * Math.PI * window) / windowsPerDay);
    const traffic = Math.min(1, Math.max(0.03, season + burst));
    const size = sizeOf(injection, window);
    const towards = (fault: Fault, load: number): number =>
      injection?.fault === fault ? traffic + size * (load - traffic) : traffic;
    // What the service would show with the traffic of the day's peak, or of its night.
    const latencyLoad = towards('slow while idle', 0.8);
    const cpuLoad = towards('CPU without requests', 0.8);
    const effectLoad = towards('calls without effect', 0.2);
    const errorLoad = towards('errors without log lines', 0.8);
    const silence = injection?.fault === 'errors without log lines' ? size : 0;
    const row = rows.subarray(window * serviceFeatures, (window + 1) * serviceFeatures);
    let at = 0;
    let errors = 0;
    for (let operation = 1; operation <= operations; operation++) {
      const rate = about((400 * traffic) / operation, 0.05);
      const p50 = about((8 * operation) / (1 - 0.85 * latencyLoad), 0.05);
      const failed = Math.round(about((60 * errorLoad) / operation, 0.2));
      errors += failed;
      for (const value of [rate, p50, about(p50 * 3, 0.15), failed]) row[at++] = value;
    }
    row[at++] = Math.min(1, about(0.08 + 0.75 * cpuLoad, 0.04));
    row[at++] = Math.min(1, about(0.9 * traffic ** 1.5 + 0.02, 0.08));
    row[at++] = memory;
    row[at++] = about(900 * effectLoad, 0.05);
    row[at++] = about(300 * effectLoad, 0.05);
    row[at++] = about(4e6 * traffic, 0.08);
    row[at++] = about(errors * (1 - 0.9 * silence), 0.1);
    row[at++] = about(12, 0.3);
  }
  return rows;
}

function sizeOf(injection: Injection | undefined, window: number): number {
  if (injection === undefined || window < injection.from || window >= injection.from + injection.windows) return 0;
  return Math.min(1, (window - injection.from + 1) / injection.growth);
}

/** A window of the day at which the fault is a wrong combination: quiet hours, or for a missing effect busy ones. */
export function onsetOf(fault: Fault, random: () => number): number {
  const middle = fault === 'calls without effect' ? windowsPerDay / 2 : 0;
  return (Math.floor(middle + (random() - 0.5) * 0.25 * windowsPerDay) + windowsPerDay) % (windowsPerDay - 100);
}
