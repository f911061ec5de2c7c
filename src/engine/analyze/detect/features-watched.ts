import type { FeatureKind } from '../../domain/feature-row.ts';
import { seriesCountSubject } from '../features/names.ts';
import { metricName, toldInstead } from './metrics-told.ts';

/**
 * How a feature is made comparable.
 * `count`: things counted in a window, on the square root. `share`: errors among calls. `rare`: counts that are usually 0.
 * `latency`: quantiles of durations, on logarithms. `gauge`: everything else.
 */
export type Family = 'count' | 'share' | 'rare' | 'latency' | 'gauge';

/** Features of one group tell of one thing: within a group the strongest counts, groups add up. */
export const groups = ['traffic', 'errors', 'latency', 'logs', 'resources', 'metrics', 'combination'] as const;

export interface Watched {
  readonly feature: string;
  readonly family: Family;
  /** Index into `groups`. */
  readonly group: number;
  /** Of a latency: the share of calls below it. */
  readonly quantile: number;
  /** Of a gauge: the value from which on it is looked at on a logarithmic scale; 0 when its own first value decides. */
  readonly scale: number;
  /** Less of it is as much out of the usual as more of it. */
  readonly twoSided: boolean;
  /** Change in an hour, relative, that is taken for ordinary before the hours of a day are known. */
  readonly hourlyDrift: number;
  /** Windows with a value that are learned before it can raise anything. */
  readonly knownAfter: number;
  /** Least change that matters, in the feature's unit. */
  readonly leastChange: number;
}

const group = (name: (typeof groups)[number]): number => groups.indexOf(name);

const of = (
  feature: string,
  family: Family,
  groupName: (typeof groups)[number],
  more: Partial<Watched> = {},
): Watched => ({
  feature,
  family,
  group: group(groupName),
  quantile: 0,
  scale: 0,
  twoSided: true,
  hourlyDrift: 0.4,
  knownAfter: 0,
  leastChange: 0,
  ...more,
});

const named: readonly Watched[] = [
  of('calls', 'count', 'traffic'),
  of('error_rate', 'share', 'errors', { twoSided: false }),
  of('p50_ms', 'latency', 'latency', { quantile: 0.5 }),
  of('p99_ms', 'latency', 'latency', { quantile: 0.99 }),
  of('logs', 'count', 'logs'),
  of('logs_warn', 'rare', 'logs', { twoSided: false }),
  of('logs_error', 'rare', 'errors', { twoSided: false }),
  of('cpu', 'gauge', 'resources', { scale: 0.05 }),
  of('cpu_cores', 'gauge', 'resources', { scale: 0.05, leastChange: 0.1 }),
  of('memory_bytes', 'gauge', 'resources', { hourlyDrift: 0.1 }),
  of('memory_share', 'gauge', 'resources', { scale: 0.05, hourlyDrift: 0.1 }),
  of('pool_share', 'gauge', 'resources', { scale: 0.1 }),
  of('pool_waiting', 'gauge', 'resources', { scale: 1, twoSided: false }),
  of('queue', 'gauge', 'resources', { scale: 1 }),
  of('eventloop', 'gauge', 'resources', { scale: 0.05 }),
  of('eventloop_delay_ms', 'gauge', 'resources', { leastChange: 5 }),
  of('disk_share', 'gauge', 'resources', { scale: 0.05, hourlyDrift: 0.1 }),
  of('load', 'gauge', 'resources'),
];

/** What a metric means is not known, so it has to be known for longer: a quarter of an hour of windows. */
const quarterHour = 90;
/** Durations, by their names; in seconds, as the conventions want them. 5 ms more is the least that anybody feels. */
const inSeconds = /(?:duration|time)$/;
const leastSeconds = 0.005;

/** Features of a metric series, whatever its subject. */
const ofMetric = new Set(['value', 'rate', 'mean']);

/**
 * Not watched. Told by others that are: errors and calls make the rate, the mean and the other quantiles go with p50 and
 * p99, spans with calls. Bookkeeping of the telemetry itself, which says nothing of the service: what was sampled or left out.
 */
const told = new Set(['errors', 'mean_ms', 'p95_ms', 'max_ms', 'spans']);
const bookkeeping = new Set(['sampled', 'operations_left_out', 'left_out', 'points']);

/** Are in windows of a minute only, and only windows of 10 s are watched; models look at them. */
const ofMinutes = (feature: string): boolean => feature === 'fanout' || feature.startsWith('distinct:');

const byFeature = new Map(named.map((watched) => [watched.feature, watched]));

/** Why a feature that is not watched is not; `null` when nobody decided about it. */
export function leftOutAs(feature: string): 'told' | 'bookkeeping' | 'of minutes' | null {
  if (told.has(feature)) return 'told';
  if (bookkeeping.has(feature)) return 'bookkeeping';
  return ofMinutes(feature) ? 'of minutes' : null;
}

/** The feature as a series to watch; `null` when it is not watched, for one of the reasons above or because it has no name here. */
export function watchedFeature(kind: FeatureKind, feature: string, subject = ''): Watched | null {
  if (kind === 'edge') return null;
  if (kind !== 'metric') return byFeature.get(feature) ?? null;
  if (subject === seriesCountSubject || !ofMetric.has(feature) || toldInstead(subject) !== null) return null;
  const leastChange = inSeconds.test(metricName(subject)) ? leastSeconds : 0;
  return of(feature, 'gauge', 'metrics', { knownAfter: quarterHour, leastChange });
}

/** How wrong a model of the service finds a window, as a series of the service. */
export const voteFeature = (family: string): Watched =>
  of(`model ${family}`, 'gauge', 'combination', { scale: 1, twoSided: false });
