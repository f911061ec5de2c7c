import type { TrainRequest } from '../../../../../src/engine/analyze/models/train-request.ts';
import type { SeriesName } from '../../../../../src/engine/domain/anomaly.ts';
import type { FeatureRow } from '../../../../../src/engine/domain/feature-row.ts';
import { byWindow } from './shop.ts';

/** A training of these windows, all of them taken as usual. */
export function requestOf(rows: readonly FeatureRow[], more: Partial<TrainRequest> = {}): TrainRequest {
  const windows = byWindow(rows);
  const columns = windows[0]!.flatMap(({ kind, service, subject, values }): readonly SeriesName[] =>
    Object.keys(values).map((feature) => ({ kind, service, subject, feature })),
  );
  return {
    scope: columns[0]!.service,
    seconds: 10,
    nowMs: windows.at(-1)![0]!.timeMs + 10_000,
    seed: 1,
    why: 'first',
    columns,
    wanted: columns.length,
    times: Float64Array.from(windows, (window) => window[0]!.timeMs),
    values: valuesOf(rows, columns),
    found: windows.length,
    leftOut: {},
    stretches: [],
    current: [],
    ...more,
  };
}

export function valuesOf(rows: readonly FeatureRow[], columns: readonly SeriesName[]): Float32Array {
  return Float32Array.from(
    byWindow(rows).flatMap((window) =>
      columns.map(
        ({ kind, subject, feature }) =>
          window.find((row) => row.kind === kind && row.subject === subject)?.values[feature] ?? Number.NaN,
      ),
    ),
  );
}
