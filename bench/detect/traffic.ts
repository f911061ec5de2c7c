import type { FeatureRow } from '../../src/engine/domain/feature-row.ts';
import { Chance, LastingNoise } from './chance.ts';

/** Made-up normal traffic, window by window, as rows of features. */

export interface ServiceKind {
  readonly name: string;
  /** Calls a second, on average over a working day's hours. */
  readonly perSecond: number;
  /** What is left of them at night, and at weekends. */
  readonly night: number;
  readonly weekend: number;
  /** Standard deviation of the load's own lasting noise. */
  readonly unrest: number;
  readonly medianMs: number;
  /** Spread of the logarithm of single calls' durations. */
  readonly spread: number;
  readonly errorShare: number;
  /** 0: one that is not told by itself. */
  readonly operations: number;
}

export const windowsPerDay = 8640;
const windowsPerWeek = 7 * windowsPerDay;

/** Sizes from 0.2 to 200 calls a second, steady and restless ones. */
export const serviceKinds = (count: number, operations = 2): ServiceKind[] => {
  const sizes = [200, 50, 20, 8, 3, 1, 0.5, 0.2];
  return Array.from({ length: count }, (_, index) => ({
    name: `service-${index}`,
    perSecond: sizes[index % sizes.length]!,
    night: [0.15, 0.3, 0.1, 0.5, 0.2, 0.05, 0.3, 0.5][index % 8]!,
    weekend: [0.6, 1, 0.3, 0.8, 0.5, 0.2, 1, 0.7][index % 8]!,
    unrest: [0.04, 0.1, 0.06, 0.15, 0.05, 0.1, 0.2, 0.1][index % 8]!,
    medianMs: [12, 40, 5, 180, 25, 90, 8, 300][index % 8]!,
    spread: [0.4, 0.7, 0.5, 0.3, 0.9, 0.6, 0.5, 0.8][index % 8]!,
    errorShare: [0.001, 0.0003, 0.01, 0, 0.002, 0.0005, 0.02, 0.001][index % 8]!,
    operations,
  }));
};

/** From 0 at −½ to 1 at ½. */
const smooth = (x: number): number => {
  const part = Math.max(0, Math.min(1, x + 0.5));
  return part * part * (3 - 2 * part);
};

/** Share of the daytime load at a window since a Monday, 0:00. */
function season(kind: ServiceKind, window: number): number {
  const hour = ((window % windowsPerDay) / windowsPerDay) * 24;
  // Saturdays begin gradually, between 3 and 9 o'clock, and Mondays as well.
  const intoWeekend = (window % windowsPerWeek) / windowsPerDay - 5 - 6 / 24;
  const outOfWeekend = (window % windowsPerWeek) / windowsPerDay - 6 / 24;
  const weekend = Math.max(smooth(intoWeekend * 4), 1 - smooth(outOfWeekend * 4));
  // Lowest at about 3:30, a broad day with a dip at noon.
  const wave =
    0.5 - 0.5 * Math.cos(((hour - 3.5) / 24) * 2 * Math.PI) + 0.08 * Math.sin(((hour - 8) / 12) * 2 * Math.PI);
  const rise = Math.max(0, Math.min(1, wave));
  return (kind.night + (1 - kind.night) * rise) * (1 - weekend * (1 - kind.weekend));
}

interface Running {
  readonly kind: ServiceKind;
  readonly chance: Chance;
  readonly load: LastingNoise;
  readonly slowness: readonly LastingNoise[];
  readonly cpu: LastingNoise;
  readonly queue: LastingNoise;
  readonly memory: LastingNoise;
  bursts: number;
}

/** @returns the rows of the windows one after the other, the first one at `startWindow` (Unix ms / 10 s) */
export function traffic(kinds: readonly ServiceKind[], seed: number, startWindow: number) {
  const running = kinds.map((kind, index): Running => {
    const chance = new Chance(seed * 1009 + index);
    const noise = (windows: number): LastingNoise => new LastingNoise(chance, windows);
    return {
      kind,
      chance,
      load: noise(40),
      slowness: Array.from({ length: kind.operations + 1 }, () => noise(60)),
      cpu: noise(20),
      queue: noise(15),
      memory: noise(200),
      bursts: 1,
    };
  });
  let window = startWindow;
  return (): FeatureRow[] => {
    const rows: FeatureRow[] = [];
    running.forEach((service) => rowsOf(service, window, window - startWindow, rows));
    window++;
    return rows;
  };
}

/** Monday. */
export const mondayWindow = Date.UTC(2026, 0, 5) / 10_000;

function rowsOf(service: Running, window: number, age: number, rows: FeatureRow[]): void {
  const { kind, chance } = service;
  const sinceMonday = window - mondayWindow;
  const busy = season(kind, sinceMonday) * Math.exp(kind.unrest * service.load.next());
  if (age % 6 === 0) service.bursts = Math.exp(0.4 * chance.normal());
  const base = { timeMs: window * 10_000, seconds: 10, service: kind.name, marks: [] } as const;
  const total = { calls: 0, errors: 0 };
  for (let operation = 0; operation < Math.max(1, kind.operations); operation++) {
    const share = kind.operations <= 1 ? 1 : operation === 0 ? 0.6 : 0.4 / (kind.operations - 1);
    const calls = chance.poisson(kind.perSecond * 10 * busy * share);
    const failing = Math.min(1, kind.errorShare * service.bursts);
    const errors = Math.min(calls, chance.poisson(calls * failing));
    total.calls += calls;
    total.errors += errors;
    if (kind.operations === 0) continue;
    const subject = `Server GET /${operation}`;
    if (calls === 0) rows.push({ ...base, kind: 'operation', subject, values: { calls: 0, errors: 0 } });
    else
      rows.push({ ...base, kind: 'operation', subject, values: callValues(service, operation, calls, errors, busy) });
  }
  const values: Record<string, number> =
    total.calls === 0 ? { calls: 0, errors: 0 } : callValues(service, kind.operations, total.calls, total.errors, busy);
  values['logs'] = chance.poisson(1 + 2 * total.calls);
  values['logs_warn'] = chance.poisson(0.01 * total.calls);
  values['logs_error'] = total.errors + chance.poisson(0.0002 * total.calls);
  const strain = 0.08 + 0.4 * busy;
  values['cpu'] = Math.min(1, Math.max(0, strain * Math.exp(0.08 * service.cpu.next() + 0.05 * chance.normal())));
  const growth = 1 + (0.01 * age) / windowsPerDay;
  values['memory_bytes'] = 3e8 * growth * Math.exp(0.02 * service.memory.next() + 0.005 * chance.normal());
  rows.push({ ...base, kind: 'service', subject: '', values });
  const length = Math.max(0, Math.round(4 * busy * Math.exp(0.5 * service.queue.next())));
  rows.push({ ...base, kind: 'metric', subject: 'jobs.waiting', values: { value: length } });
}

function callValues(
  service: Running,
  which: number,
  calls: number,
  errors: number,
  busy: number,
): Record<string, number> {
  const { kind, chance } = service;
  const { middle, high } = chance.quantiles(calls);
  const median = kind.medianMs * (1 + 0.2 * busy * busy) * Math.exp(0.04 * service.slowness[which]!.next());
  const p50 = median * Math.exp(kind.spread * middle);
  const p99 = Math.max(p50, median * Math.exp(kind.spread * high));
  return {
    calls,
    errors,
    error_rate: errors / calls,
    mean_ms: p50 * Math.exp((kind.spread * kind.spread) / 2),
    p50_ms: p50,
    p95_ms: (p50 + p99) / 2,
    p99_ms: p99,
    max_ms: p99,
  };
}
