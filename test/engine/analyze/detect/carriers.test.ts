import { describe, expect, test } from 'vitest';
import { carriersOf } from '../../../../src/engine/analyze/detect/carriers.ts';
import { watchedFeature } from '../../../../src/engine/analyze/detect/features-watched.ts';
import { keepHeadline } from '../../../../src/engine/analyze/detect/headline.ts';
import { at, stride } from '../../../../src/engine/analyze/detect/layout.ts';
import { beginWindow, newScope, type Scope } from '../../../../src/engine/analyze/detect/scope.ts';
import { SeriesTable } from '../../../../src/engine/analyze/detect/series-table.ts';
import type { AnomalyCarrier } from '../../../../src/engine/domain/anomaly.ts';
import type { FeatureKind } from '../../../../src/engine/domain/feature-row.ts';

interface Out {
  readonly feature: string;
  readonly surprise: number;
  readonly since: number;
  readonly kind?: FeatureKind;
  readonly subject?: string;
}

const newest = 100_000;

/** A service whose newest window is out of the usual in these series. */
function scopeOf(...out: readonly Out[]): Scope {
  const table = new SeriesTable(100);
  const scope = newScope('shop', 'shop');
  beginWindow(scope, newest);
  for (const { feature, surprise, since, kind = 'service', subject = '' } of out) {
    const watched = watchedFeature(kind, feature, subject)!;
    const series = table.add(table.subjectOf(kind, 'shop', subject), watched);
    series.page.numbers[series.index * stride + at.outSince] = since;
    series.page.numbers[series.index * stride + at.value] = 5;
    scope.carrying.push(scope.scored.push(series) - 1);
    scope.surprises.push(surprise);
    scope.all.counts[watched.group]!++;
  }
  return scope;
}

const features = (carriers: readonly AnomalyCarrier[]): string[] => carriers.map(({ feature }) => feature);

describe('where an anomaly starts', () => {
  test('one window before its first carrier at most, though a strong one behind it is out for longer', () => {
    const scope = scopeOf(
      { feature: 'error_rate', surprise: 8, since: newest - 2 },
      { feature: 'cpu', surprise: 6, since: newest - 50 },
    );
    expect(carriersOf(scope, 0).since).toBe(newest - 3);
  });

  test('with the first carrier, where the others came later', () => {
    const scope = scopeOf(
      { feature: 'error_rate', surprise: 8, since: newest - 20 },
      { feature: 'cpu', surprise: 6, since: newest - 5 },
    );
    expect(carriersOf(scope, 0).since).toBe(newest - 20);
  });

  test('a series that was told of before is out since then', () => {
    const scope = scopeOf({ feature: 'cpu', surprise: 8, since: newest - 1 });
    const told = { series: scope.scored[0]!.name, since: newest - 30 };
    expect(carriersOf(scope, 0, told).sinces).toEqual([newest - 30]);
  });
});

describe('which carrier is first', () => {
  const metric = { feature: 'value', kind: 'metric', subject: 'jobs.waiting', surprise: 20, since: newest } as const;

  test('a signal that is out by itself, before a metric that is out further', () => {
    const scope = scopeOf(metric, { feature: 'p99_ms', surprise: 4, since: newest });
    expect(features(carriersOf(scope, 0).carriers)).toEqual(['p99_ms', 'value']);
  });

  test('the metric, where the signal may be chance', () => {
    const scope = scopeOf(metric, { feature: 'p99_ms', surprise: 2.1, since: newest });
    expect(features(carriersOf(scope, 0).carriers)).toEqual(['value', 'p99_ms']);
  });
});

describe('what a summary speaks of at a later peak', () => {
  const carrier = (feature: string, value: number, usual: number, share: number): AnomalyCarrier => ({
    kind: 'service',
    service: 'shop',
    subject: '',
    feature,
    value,
    usual,
    usualLow: 0,
    usualHigh: 2 * usual,
    share,
    words: `${feature} ${value}`,
  });

  test('a fault of a higher rank takes the place of the first, if it carries enough', () => {
    const cpu = carrier('cpu', 0.9, 0.2, 1);
    const errors = (share: number) => carrier('error_rate', 0.3, 0.01, share);
    expect(features(keepHeadline(cpu, [carrier('logs', 90, 10, 0.6), errors(0.4)]))).toEqual(['error_rate', 'logs']);
    expect(features(keepHeadline(cpu, [carrier('logs', 90, 10, 0.8), errors(0.1)]))[0]).toBe('cpu');
  });

  test('the same series with what it was at its worst', () => {
    const errors = carrier('error_rate', 0.3, 0.01, 1);
    expect(keepHeadline(errors, [carrier('error_rate', 0.6, 0.01, 0.5)])[0]).toMatchObject({ value: 0.6, share: 0.5 });
    expect(keepHeadline(errors, [carrier('error_rate', 0.1, 0.01, 0.5)])[0]).toMatchObject({ value: 0.3, share: 0.5 });
  });

  test('a surge after a silence does not make the silence a surge', () => {
    const silence = carrier('calls', 0, 100, 1);
    expect(keepHeadline(silence, [carrier('calls', 900, 100, 0.7)])[0]!.value).toBe(0);
  });

  test('shares are at most 1 together when the first is no longer out', () => {
    const kept = keepHeadline(carrier('error_rate', 0.3, 0.01, 0.7), [
      carrier('p50_ms', 900, 10, 0.6),
      carrier('p99_ms', 900, 10, 0.4),
    ]);
    expect(kept.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1);
    expect(features(kept)).toEqual(['error_rate', 'p50_ms', 'p99_ms']);
  });
});
