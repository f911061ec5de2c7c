import { describe, expect, test } from 'vitest';
import { KnownAnomalies } from '../../../../src/engine/analyze/loop/known-anomalies.ts';
import type { Anomaly } from '../../../../src/engine/domain/anomaly.ts';

const anomaly = (id: string, startS: number, more: Partial<Anomaly> = {}): Anomaly => ({
  id,
  service: 'web',
  startMs: startS * 1000,
  peakMs: startS * 1000,
  endMs: null,
  foundMs: startS * 1000 + 18_000,
  severity: 'warning',
  score: 2,
  detectors: [],
  carriers: [],
  summary: id,
  learned: 'hours',
  ...more,
});

describe('after a restart', () => {
  test('what is found once more, a window later than before, keeps its id, start and time of finding', () => {
    const known = new KnownAnomalies([anomaly('old', 1000)]);
    expect(known.adopt(anomaly('new', 1010))).toMatchObject({ id: 'old', startMs: 1_000_000, foundMs: 1_018_000 });
    expect(known.adopt(anomaly('new', 1010, { endMs: 1_100_000 }))).toMatchObject({ id: 'old', endMs: 1_100_000 });
  });

  test('another service, or another time, is another anomaly', () => {
    const known = new KnownAnomalies([anomaly('old', 1000, { endMs: 1_050_000 })]);
    expect(known.adopt(anomaly('new', 1010, { service: 'cart' })).id).toBe('new');
    expect(known.adopt(anomaly('later', 2000)).id).toBe('later');
  });

  test('a stored one is taken once', () => {
    const known = new KnownAnomalies([anomaly('old', 1000, { endMs: 1_020_000 })]);
    expect(known.adopt(anomaly('first', 1010)).id).toBe('old');
    expect(known.adopt(anomaly('second', 1060)).id).toBe('second');
  });

  test('what is open in the store and nobody goes on with has ended', () => {
    const known = new KnownAnomalies([anomaly('old', 1000), anomaly('going', 1500), anomaly('done', 10, { endMs: 1 })]);
    const orphans = known.orphans(new Set(['going']), 5_000_000);
    expect(orphans).toMatchObject([{ id: 'old', endMs: 1_010_000 }]);
  });
});
