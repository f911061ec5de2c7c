import { quoteText } from '../../../store/sql-text.ts';
import { textArray } from './window-sql.ts';

/**
 * How full things are, from metrics by the names of OpenTelemetry's semantic conventions (older ones too). A series in a
 * window gives the part `x` of `of` of one item; the items of a service or host are put together by `combine`.
 */
export interface SaturationRule {
  readonly target: 'service' | 'host';
  readonly feature: string;
  /** `share`: greatest Σx / Σof of an item. Else mean, sum or greatest of the items' Σx. */
  readonly combine: 'share' | 'mean' | 'sum' | 'max';
  readonly metrics: readonly string[];
  /** What the value is: `x` alone, `x` in thousandths (`milli`), the `whole`, a part of it and in it (`both`), or a share (`share`, `percent`). */
  readonly role: 'x' | 'milli' | 'whole' | 'both' | 'share' | 'percent';
  /** States (`used`, `heap` …) of which it is `x`; else all but those that say "not in use". */
  readonly states?: readonly string[];
  /** What is one item: series of one instance with the same pool, file system or CPU (`part`), or all of one metric (`metric`). */
  readonly item: 'part' | 'metric';
  /** Tells items of different sources apart. */
  readonly source?: string;
}

const service = { target: 'service' } as const;
const host = { target: 'host' } as const;
const memory = { ...service, feature: 'memory_share', combine: 'share', item: 'part' } as const;
const pools = { ...service, item: 'part' } as const;
const heap = ['heap'];

export const saturationRules: readonly SaturationRule[] = [
  {
    ...service,
    feature: 'cpu',
    combine: 'mean',
    role: 'x',
    item: 'part',
    metrics: [
      'process.cpu.utilization',
      'jvm.cpu.recent_utilization',
      'process.runtime.jvm.cpu.utilization',
      'container.cpu.utilization',
      'k8s.container.cpu_limit_utilization',
      'k8s.pod.cpu_limit_utilization',
    ],
  },
  {
    ...service,
    feature: 'cpu_cores',
    combine: 'max',
    role: 'x',
    item: 'metric',
    metrics: [
      'process.cpu.time',
      'jvm.cpu.time',
      'container.cpu.time',
      'container.cpu.usage',
      'k8s.pod.cpu.usage',
      'dotnet.process.cpu.time',
    ],
  },
  {
    ...service,
    feature: 'memory_bytes',
    combine: 'max',
    role: 'x',
    item: 'metric',
    metrics: [
      'process.memory.usage',
      'process.memory.physical_usage',
      'container.memory.usage',
      'container.memory.usage.total',
      'k8s.pod.memory.usage',
      'jvm.memory.used',
      'process.runtime.jvm.memory.usage',
      'v8js.memory.heap.used',
      'go.memory.used',
      'process.runtime.go.mem.heap_alloc',
      'dotnet.process.memory.working_set',
    ],
  },
  {
    ...memory,
    source: 'jvm',
    role: 'x',
    states: heap,
    metrics: ['jvm.memory.used', 'process.runtime.jvm.memory.usage'],
  },
  {
    ...memory,
    source: 'jvm',
    role: 'whole',
    states: heap,
    metrics: ['jvm.memory.limit', 'process.runtime.jvm.memory.limit'],
  },
  { ...memory, source: 'v8', role: 'x', metrics: ['v8js.memory.heap.used'] },
  { ...memory, source: 'v8', role: 'whole', metrics: ['v8js.memory.heap.limit'] },
  { ...memory, source: 'container', role: 'x', metrics: ['container.memory.usage', 'container.memory.usage.total'] },
  {
    ...memory,
    source: 'container',
    role: 'whole',
    metrics: ['container.memory.usage.limit', 'container.memory.limit'],
  },
  {
    ...memory,
    source: 'share',
    role: 'share',
    metrics: ['k8s.container.memory_limit_utilization', 'k8s.pod.memory_limit_utilization'],
  },
  { ...memory, source: 'percent', role: 'percent', metrics: ['container.memory.percent'] },
  {
    ...pools,
    feature: 'pool_share',
    combine: 'share',
    role: 'x',
    metrics: ['db.client.connection.count', 'db.client.connections.usage'],
  },
  {
    ...pools,
    feature: 'pool_share',
    combine: 'share',
    role: 'whole',
    metrics: ['db.client.connection.max', 'db.client.connections.max'],
  },
  {
    ...pools,
    feature: 'pool_waiting',
    combine: 'sum',
    role: 'x',
    metrics: ['db.client.connection.pending_requests', 'db.client.connections.pending_requests'],
  },
  {
    ...service,
    feature: 'eventloop',
    combine: 'max',
    role: 'x',
    item: 'part',
    metrics: ['nodejs.eventloop.utilization'],
  },
  {
    ...service,
    feature: 'eventloop_delay_ms',
    combine: 'max',
    role: 'milli',
    item: 'part',
    metrics: ['nodejs.eventloop.delay.p99'],
  },
  {
    ...host,
    feature: 'cpu',
    combine: 'mean',
    role: 'x',
    item: 'part',
    metrics: ['system.cpu.utilization', 'system.cpu.time', 'k8s.node.cpu.utilization'],
  },
  {
    ...host,
    feature: 'memory_share',
    combine: 'share',
    role: 'both',
    item: 'part',
    states: ['used'],
    metrics: ['system.memory.usage'],
  },
  {
    ...host,
    feature: 'memory_share',
    combine: 'share',
    role: 'share',
    item: 'part',
    states: ['used', ''],
    source: 'share',
    metrics: ['system.memory.utilization'],
  },
  {
    ...host,
    feature: 'disk_share',
    combine: 'share',
    role: 'both',
    item: 'part',
    metrics: ['system.filesystem.usage'],
  },
  {
    ...host,
    feature: 'disk_share',
    combine: 'share',
    role: 'share',
    item: 'part',
    states: ['used', ''],
    source: 'share',
    metrics: ['system.filesystem.utilization'],
  },
  {
    ...host,
    feature: 'disk_share',
    combine: 'share',
    role: 'x',
    item: 'part',
    source: 'node',
    metrics: ['k8s.node.filesystem.usage'],
  },
  {
    ...host,
    feature: 'disk_share',
    combine: 'share',
    role: 'whole',
    item: 'part',
    source: 'node',
    metrics: ['k8s.node.filesystem.capacity'],
  },
  {
    ...host,
    feature: 'load',
    combine: 'max',
    role: 'x',
    item: 'part',
    metrics: ['system.cpu.load_average.1m', 'system.linux.cpu.load_1m'],
  },
];

/** Metrics that are no counters and end so are queues of the service: sizes, depths, backlogs, lags of consumers. */
export const queuePattern =
  '(queue[._]?(size|length|depth)|[._](queue|backlog)|consumer.*lag(_max)?|messages?[._](ready|queued)|message[._]current)$';

const queue: Omit<SaturationRule, 'metrics'> = {
  ...service,
  feature: 'queue',
  combine: 'sum',
  role: 'x',
  item: 'part',
};

const entry = ({
  target,
  feature,
  combine,
  role,
  item,
  states = [],
  source = '',
}: Omit<SaturationRule, 'metrics'>): string =>
  `(${[target, feature, combine, role, item, source].map(quoteText).join(',')},[${states.map(quoteText).join(',')}])`;

const entryType = 'Array(Tuple(String, String, String, String, String, String, Array(String)))';

/** One text for all rules: the engine reads a long constant in no time, and a long expression in half a second. */
const byMetric = (): string => {
  const names = [...new Set(saturationRules.flatMap(({ metrics }) => metrics))].sort();
  const entries = names.map(
    (name) =>
      `[${saturationRules
        .filter(({ metrics }) => metrics.includes(name))
        .map(entry)
        .join(',')}]`,
  );
  // At 0, where a name is not among them, ClickHouse finds an empty array.
  return `CAST(${quoteText(`[${entries.join(',')}]`)}, 'Array(${entryType})')[indexOf(${textArray(names)}, toString(MetricName))]`;
};

/** The rules of a series, from `MetricName` and `shape`. */
export const rulesOfSeries = (): string => `arrayConcat(${byMetric()},
    if(shape IN ('gauge', 'level') AND match(MetricName, ${quoteText(queuePattern)}), CAST(${quoteText(`[${entry(queue)}]`)}, '${entryType}'), []))`;

const firstOf = (names: readonly string[]): string =>
  `arrayFirst(s -> s != '', arrayMap(k -> attributes[k], [${names.map(quoteText).join(', ')}]))`;

/** In which state what a series counts is: `used`, `idle`, `heap` … */
export const stateOfSeries = firstOf([
  'cpu.mode',
  'system.cpu.state',
  'system.memory.state',
  'system.filesystem.state',
  'db.client.connection.state',
  'jvm.memory.type',
  'type',
  'state',
]);

/** Of which pool, file system or CPU a series is. */
export const partOfSeries = `arrayStringConcat(arrayMap(k -> attributes[k], [${[
  'db.client.connection.pool.name',
  'pool.name',
  'pool',
  'system.filesystem.mountpoint',
  'mountpoint',
  'system.device',
  'device',
  'cpu',
  'cpu.logical_number',
  'system.cpu.logical_number',
]
  .map(quoteText)
  .join(', ')}]), '|')`;

/**
 * From `rules`, `state`, `part`, `instance`, `host`, `x`: what a series says, as an Array of (kind, service, subject,
 * feature, combine, item, x, of).
 */
export const saturationParts = (withHosts: boolean): string => `arrayMap(
      r -> (r.1, if(r.1 = 'host', '', toString(ServiceName)), if(r.1 = 'host', host, ''), r.2, r.3,
        if(r.5 = 'metric', toString(MetricName), concat(instance, '|', part, '|', r.6, if(r.4 = 'share', state, ''), if(r.3 = 'share', '', toString(MetricName)))),
        if(r.4 = 'whole' OR if(empty(r.7), state IN ('idle', 'free', 'reserved'), NOT has(r.7, state)), 0., x * transform(r.4, ['milli', 'percent'], [1000., 0.01], 1.)),
        multiIf(r.4 = 'both', x, r.4 = 'whole', if(empty(r.7) OR has(r.7, state), x, 0.), r.4 IN ('share', 'percent'), 1., nan)),
      arrayFilter(r -> r.1 = 'service'${withHosts ? " OR host != ''" : ''}, rules))`;
