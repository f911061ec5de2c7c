import type { CauseInput, MetricSeries } from '../input.ts';
import { medianOf } from './quantile.ts';

/** Requests, latency and errors of one entity, row by row. */
export interface CallRows {
  /** Never NaN; where the count is missing the median of its neighbours' stands for it. */
  readonly requests: Float64Array;
  /** NaN where there is none. */
  readonly latency: Float64Array;
  /** Failed requests, at most `requests`; NaN where nobody knows. */
  readonly errors: Float64Array;
}

export interface CallStats {
  readonly history: CallRows;
  readonly recent: CallRows;
}

type Stretch = 'history' | 'recent';
type Own = Partial<Record<'requests' | 'latency' | 'errors', MetricSeries>>;

/** Where nobody counts requests each row with a value stands for so many; only ratios between entities suffer. */
const requestsUnlessCounted = 100;

/** By entity; undefined where it has neither requests nor latency nor errors. */
export function callStatsOf({ entities, metrics }: CauseInput): (CallStats | undefined)[] {
  const all = metrics?.series ?? [];
  const longest = (stretch: Stretch): number => all.reduce((most, series) => Math.max(most, series[stretch].length), 0);
  const [historyRows, recentRows] = [longest('history'), longest('recent')];
  const byEntity: Own[] = entities.map(() => ({}));
  for (const series of all) {
    const { entity, kind } = series;
    // Of several metrics of a kind the first one speaks.
    if (kind === 'requests' || kind === 'latency' || kind === 'errors') byEntity[entity]![kind] ??= series;
  }
  return byEntity.map((own) =>
    own.latency === undefined && own.errors === undefined && own.requests === undefined
      ? undefined
      : { history: rowsOf(own, 'history', historyRows), recent: rowsOf(own, 'recent', recentRows) },
  );
}

function rowsOf(own: Own, stretch: Stretch, rows: number): CallRows {
  const latency = cells(own.latency, stretch, rows);
  const failed = cells(own.errors, stretch, rows);
  const counted = cells(own.requests, stretch, rows);
  const usual = own.requests === undefined ? requestsUnlessCounted : usualCount(own.requests, stretch);
  const isCount = own.errors?.unit === 'count';
  const requests = counted.map((count, row) => {
    if (!Number.isNaN(count)) return Math.max(0, count);
    if (own.requests !== undefined) return usual;
    const known = !Number.isNaN(latency[row]!) || !Number.isNaN(failed[row]!);
    return known ? Math.max(usual, isCount ? failed[row]! || 0 : 0) : 0;
  });
  const errors = failed.map((value, row) =>
    Number.isNaN(value) ? value : Math.min(requests[row]!, Math.max(0, isCount ? value : value * requests[row]!)),
  );
  return { requests, latency, errors };
}

function cells(series: MetricSeries | undefined, stretch: Stretch, rows: number): Float64Array {
  const values = series?.[stretch];
  return Float64Array.from({ length: rows }, (_, row) => {
    const value = values?.[row];
    return value !== undefined && Number.isFinite(value) ? value : Number.NaN;
  });
}

function usualCount(requests: MetricSeries, stretch: Stretch): number {
  const here = medianOf(requests[stretch]);
  return Number.isNaN(here) ? medianOf(requests.history) || 0 : here;
}
