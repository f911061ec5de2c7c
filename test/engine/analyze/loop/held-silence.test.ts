import { describe, expect, test } from 'vitest';
import { isSilence } from '../../../../src/engine/analyze/incidents/silence.ts';
import { HeldSilence, isBorneOut } from '../../../../src/engine/analyze/loop/held-silence.ts';
import type { Anomaly } from '../../../../src/engine/domain/anomaly.ts';
import type { FeatureRow } from '../../../../src/engine/domain/feature-row.ts';

const carrier = (feature: string, value: number, usual = 100) => ({
  kind: 'service' as const,
  service: 'cart',
  subject: '',
  feature,
  value,
  usual,
  usualLow: 70,
  usualHigh: 140,
  share: 1,
  words: '',
});
const anomaly = (carriers: Anomaly['carriers'], more: Partial<Anomaly> = {}): Anomaly => ({
  id: 'a',
  service: 'cart',
  startMs: 100_000,
  peakMs: 100_000,
  endMs: null,
  foundMs: 118_000,
  severity: 'warning',
  score: 2,
  detectors: ['level'],
  carriers,
  summary: '',
  learned: 'hours',
  ...more,
});
const silent = anomaly([carrier('calls', 0)]);
const row = (timeMs: number, calls: number): FeatureRow => ({
  timeMs,
  seconds: 10,
  kind: 'service',
  service: 'cart',
  subject: '',
  values: { calls },
  marks: ['late'],
});

describe('a service that has fallen silent', () => {
  test('may only be late: it is kept back for half a minute, and then looked at again', () => {
    const held = new HeldSilence();
    expect(held.take([silent], 110_000)).toEqual({ atOnce: [], due: [] });
    expect(held.take([], 130_000)).toEqual({ atOnce: [], due: [] });
    expect(held.take([], 140_000).due).toEqual([silent]);
    held.settle(silent, true);
    expect(held.take([silent], 150_000).atOnce).toEqual([silent]);
  });

  test('is never told of when its telemetry came after all', () => {
    const held = new HeldSilence();
    held.take([silent], 110_000);
    held.settle(held.take([], 140_000).due[0]!, false);
    expect(held.take([silent], 150_000)).toEqual({ atOnce: [], due: [] });
    expect(held.take([anomaly(silent.carriers, { endMs: 160_000 })], 160_000).atOnce).toEqual([]);
  });

  test('is never told of when it ends before that', () => {
    const held = new HeldSilence();
    held.take([silent], 110_000);
    expect(held.take([anomaly(silent.carriers, { endMs: 120_000 })], 130_000)).toEqual({ atOnce: [], due: [] });
    expect(held.take([], 200_000).due).toEqual([]);
  });

  test('and fails is told of at once', () => {
    const held = new HeldSilence();
    held.take([silent], 110_000);
    const failing = anomaly([carrier('error_rate', 0.5, 0.01), carrier('calls', 40)]);
    expect(held.take([failing], 120_000)).toEqual({ atOnce: [failing], due: [] });
  });

  test('is one whose carriers are less traffic, and nothing else', () => {
    expect(isSilence(silent)).toBe(true);
    expect(isSilence(anomaly([carrier('calls', 400)]))).toBe(false);
    expect(isSilence(anomaly([carrier('p99_ms', 4)]))).toBe(false);
  });

  test('is borne out by windows that are still low, and not by what came late', () => {
    expect(isBorneOut(silent, [row(100_000, 0), row(110_000, 3), row(120_000, 95)])).toBe(true);
    expect(isBorneOut(silent, [row(100_000, 99), row(110_000, 103), row(120_000, 0)])).toBe(false);
  });
});
