import type { FeatureKind } from '../../domain/feature-row.ts';

export interface FeatureName {
  readonly name: string;
  /** UCUM, as OpenTelemetry writes units; `1` is a share from 0 to 1 where the meaning does not say otherwise. */
  readonly unit: string;
  readonly kinds: readonly FeatureKind[];
  readonly meaning: string;
}

const served: readonly FeatureKind[] = ['service', 'operation'];

/** Every feature that a row may have, in the order of docs/features.md. Names with a `*` stand for several. */
export const featureNames: readonly FeatureName[] = [
  { name: 'calls', unit: '{call}', kinds: [...served, 'edge'], meaning: 'calls in the window' },
  { name: 'errors', unit: '{call}', kinds: [...served, 'edge'], meaning: 'calls with an error' },
  { name: 'error_rate', unit: '1', kinds: served, meaning: 'errors / calls' },
  { name: 'mean_ms', unit: 'ms', kinds: [...served, 'edge'], meaning: 'mean duration' },
  { name: 'p50_ms', unit: 'ms', kinds: served, meaning: 'median duration, within 1 %' },
  { name: 'p95_ms', unit: 'ms', kinds: [...served, 'edge'], meaning: '95th percentile of durations, within 1 %' },
  { name: 'p99_ms', unit: 'ms', kinds: served, meaning: '99th percentile of durations, within 1 %' },
  { name: 'max_ms', unit: 'ms', kinds: served, meaning: 'longest duration' },
  { name: 'spans', unit: '{span}', kinds: ['service'], meaning: 'spans of all kinds' },
  { name: 'logs', unit: '{record}', kinds: ['service'], meaning: 'log records' },
  { name: 'logs_warn', unit: '{record}', kinds: ['service'], meaning: 'log records of severity WARN' },
  { name: 'logs_error', unit: '{record}', kinds: ['service'], meaning: 'log records of severity ERROR and FATAL' },
  { name: 'cpu', unit: '1', kinds: ['service', 'host'], meaning: 'share of the CPU that is used, mean of instances' },
  { name: 'cpu_cores', unit: '{cpu}', kinds: ['service'], meaning: 'CPU seconds a second, all instances' },
  { name: 'memory_bytes', unit: 'By', kinds: ['service'], meaning: 'memory in use, all instances' },
  { name: 'memory_share', unit: '1', kinds: ['service', 'host'], meaning: 'memory of its limit, fullest instance' },
  { name: 'pool_share', unit: '1', kinds: ['service'], meaning: 'connections in use of those allowed, fullest pool' },
  { name: 'pool_waiting', unit: '{request}', kinds: ['service'], meaning: 'requests waiting for a connection' },
  { name: 'eventloop', unit: '1', kinds: ['service'], meaning: 'use of the event loop, busiest instance' },
  {
    name: 'eventloop_delay_ms',
    unit: 'ms',
    kinds: ['service'],
    meaning: 'delay of the event loop, p99, worst instance',
  },
  { name: 'queue', unit: '{message}', kinds: ['service'], meaning: 'what waits in queues, and lag of consumers' },
  { name: 'disk_share', unit: '1', kinds: ['host'], meaning: 'use of the fullest file system' },
  { name: 'load', unit: '{thread}', kinds: ['host'], meaning: 'load average of one minute' },
  { name: 'fanout', unit: '{service}', kinds: ['service'], meaning: 'services that it called' },
  { name: 'distinct:*', unit: '{value}', kinds: ['service'], meaning: 'distinct values of a span attribute' },
  { name: 'sampled', unit: '1', kinds: ['service', 'edge'], meaning: 'share of traces that was looked at, if not all' },
  { name: 'operations_left_out', unit: '{operation}', kinds: ['service'], meaning: 'operations without a row' },
  { name: 'value', unit: 'as the metric', kinds: ['metric'], meaning: 'gauges and up-down counters' },
  {
    name: 'rate',
    unit: 'as the metric/s',
    kinds: ['metric'],
    meaning: 'counters; histograms and summaries: values a second',
  },
  { name: 'mean', unit: 'as the metric', kinds: ['metric'], meaning: 'histograms and summaries: mean of the values' },
  { name: 'left_out', unit: '{series}', kinds: ['metric'], meaning: 'of obs.series: series without a row' },
  { name: 'points', unit: '{point}', kinds: ['metric'], meaning: 'of obs.series: points in the window' },
];

/** Subject of the row that says of a service how many metric series it has: `value`, `left_out`, `points`. */
export const seriesCountSubject = 'obs.series';

/** Span attributes whose distinct values are counted a service and minute, as `distinct:<attribute>`. */
export const distinctAttributes: readonly string[] = [
  'http.response.status_code',
  'http.route',
  'error.type',
  'db.namespace',
  'db.collection.name',
  'server.address',
  'messaging.destination.name',
  'client.address',
  'user.id',
  'enduser.id',
  'tenant.id',
  'session.id',
];
