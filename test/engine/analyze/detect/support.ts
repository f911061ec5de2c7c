import { Chance } from '../../../../bench/detect/chance.ts';
import {
  createDetection,
  type Detection,
  type DetectionStep,
} from '../../../../src/engine/analyze/detect/detection.ts';
import type { Anomaly } from '../../../../src/engine/domain/anomaly.ts';
import type { FeatureRow } from '../../../../src/engine/domain/feature-row.ts';
import type { Vote } from '../../../../src/engine/domain/vote.ts';

/** 14:00 UTC on a Wednesday. */
export const startMs = Date.UTC(2026, 0, 7, 14);

export const row = (
  values: Readonly<Record<string, number>>,
  more: Partial<Omit<FeatureRow, 'values'>> = {},
): FeatureRow => ({
  timeMs: 0,
  seconds: 10,
  kind: 'service',
  service: 'checkout',
  subject: '',
  marks: [],
  ...more,
  values,
});

export const operation = (values: Readonly<Record<string, number>>, subject = 'Server POST /pay'): FeatureRow =>
  row(values, { kind: 'operation', subject });

/** What one window of calls of steady traffic looks like: Poisson arrivals, log-normal durations. */
export function callsOf(chance: Chance, mean: number, medianMs = 60): Record<string, number> {
  const calls = chance.poisson(mean);
  if (calls === 0) return { calls: 0, errors: 0 };
  const { middle, high } = chance.quantiles(calls);
  return {
    calls,
    errors: 0,
    error_rate: 0,
    p50_ms: medianMs * Math.exp(0.4 * middle),
    p99_ms: medianMs * Math.exp(0.4 * high),
  };
}

/** A detection that is given windows one after the other, and what it told. */
export class Story {
  readonly detection: Detection;
  readonly chance = new Chance(7);
  readonly told: Anomaly[] = [];
  last: DetectionStep = { anomalies: [], services: [], watched: 0, leftOut: 0 };
  window = 0;

  constructor(options: Partial<Parameters<typeof createDetection>[0]> = {}, state?: string) {
    this.detection = createDetection({ falseAlarmsPerWeek: 1, maxSeries: 1000, ...options }, state);
  }

  /** @param rows of a window, given how many came before in this stretch */
  run(windows: number, rows: (index: number) => readonly FeatureRow[], votes: readonly Vote[] = []): this {
    for (let index = 0; index < windows; index++) this.push(rows(index), votes);
    return this;
  }

  push(rows: readonly FeatureRow[], votes: readonly Vote[] = [], timeMs = startMs + this.window * 10_000): this {
    this.last = this.detection.push({ timeMs, seconds: 10, rows, votes, nowMs: timeMs + 14_000 });
    this.told.push(...this.last.anomalies);
    this.window++;
    return this;
  }

  /** Steady traffic of `checkout` and one of its operations, as many calls a window. */
  steady(windows: number, mean = 150): this {
    return this.run(windows, () => {
      const values = callsOf(this.chance, mean);
      return [row(values), operation(values)];
    });
  }

  get ids(): string[] {
    return [...new Set(this.told.map(({ id }) => id))];
  }

  get newest(): Anomaly {
    const anomaly = this.told.at(-1);
    if (anomaly === undefined) throw new Error('nothing was told');
    return anomaly;
  }
}

export const failing = (values: Readonly<Record<string, number>>, share: number): Record<string, number> => {
  const errors = Math.round(values['calls']! * share);
  return { ...values, errors, error_rate: errors / values['calls']! };
};

export const slower = (values: Readonly<Record<string, number>>, times: number): Record<string, number> => ({
  ...values,
  p50_ms: values['p50_ms']! * times,
  p99_ms: values['p99_ms']! * times,
});
