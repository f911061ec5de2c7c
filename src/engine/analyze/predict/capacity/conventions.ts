/** What can be used up. */
export const capacityKinds = ['disk', 'memory', 'heap', 'pool', 'queue'] as const;
export type CapacityKind = (typeof capacityKinds)[number];

/**
 * How a step of a series is taken: a heap by its least value, for what a collection leaves is what leaks; pools and
 * queues by their greatest, for a peak that finds none free is what hurts.
 */
export type StepValue = 'least' | 'mean' | 'greatest';

/** Metrics that say how much of something is used, and what there is of it. Of several names the newer convention comes first. */
export interface Convention {
  readonly kind: CapacityKind;
  readonly used: readonly string[];
  /**
   * `share`: the value is a share of 1 itself. `states`: all states of the same metric together are what there is.
   * `limit`: another metric says it. `percent`: of 100. `open`: nothing says it; only that it grows can be told.
   */
  readonly of: 'share' | 'percent' | 'states' | 'limit' | 'open';
  readonly limits?: readonly string[];
  /** Values of a state attribute that count as used; without the attribute the point counts. */
  readonly usedStates?: readonly string[];
  readonly step: StepValue;
}

/** Attributes that tell states of one thing apart, by OpenTelemetry's conventions and what receivers wrote before. */
export const stateAttributes = [
  'state',
  'system.filesystem.state',
  'system.memory.state',
  'system.paging.state',
  'linux.memory.state',
  'db.client.connection.state',
  'db.client.connections.state',
] as const;

/** OpenTelemetry's semantic conventions (metrics of system, container, k8s, jvm, nodejs, db.client), and the Collector's receivers. */
export const conventions: readonly Convention[] = [
  {
    kind: 'disk',
    used: ['system.filesystem.utilization'],
    of: 'share',
    usedStates: ['used'],
    step: 'mean',
  },
  { kind: 'disk', used: ['system.filesystem.usage'], of: 'states', usedStates: ['used'], step: 'mean' },
  { kind: 'disk', used: ['k8s.volume.usage'], limits: ['k8s.volume.capacity'], of: 'limit', step: 'mean' },
  { kind: 'memory', used: ['system.memory.utilization'], of: 'share', usedStates: ['used'], step: 'mean' },
  { kind: 'memory', used: ['system.memory.usage'], of: 'states', usedStates: ['used'], step: 'mean' },
  { kind: 'memory', used: ['system.paging.utilization'], of: 'share', usedStates: ['used'], step: 'mean' },
  {
    kind: 'memory',
    used: ['k8s.container.memory_limit_utilization', 'k8s.pod.memory_limit_utilization'],
    of: 'share',
    step: 'mean',
  },
  { kind: 'memory', used: ['container.memory.percent'], of: 'percent', step: 'mean' },
  {
    kind: 'memory',
    used: ['container.memory.usage', 'container.memory.usage.total', 'k8s.container.memory.usage'],
    limits: [
      'container.memory.limit',
      'container.memory.usage.limit',
      'k8s.container.memory_limit',
      'k8s.container.memory.limit',
    ],
    of: 'limit',
    step: 'mean',
  },
  {
    kind: 'memory',
    used: ['process.memory.usage'],
    limits: ['process.memory.limit', 'container.memory.limit', 'k8s.container.memory_limit'],
    of: 'limit',
    step: 'mean',
  },
  {
    kind: 'heap',
    used: ['jvm.memory.used_after_last_gc', 'jvm.memory.used', 'process.runtime.jvm.memory.usage'],
    limits: ['jvm.memory.limit', 'process.runtime.jvm.memory.limit'],
    of: 'limit',
    step: 'least',
  },
  {
    kind: 'heap',
    used: ['v8js.memory.heap.used'],
    limits: ['v8js.memory.heap.limit'],
    of: 'limit',
    step: 'least',
  },
  {
    kind: 'pool',
    used: ['db.client.connection.count', 'db.client.connections.usage'],
    limits: ['db.client.connection.max', 'db.client.connections.max'],
    usedStates: ['used'],
    of: 'limit',
    step: 'greatest',
  },
  {
    kind: 'pool',
    used: ['hikaricp.connections.active'],
    limits: ['hikaricp.connections.max'],
    of: 'limit',
    step: 'greatest',
  },
  {
    kind: 'pool',
    used: ['postgresql.backends', 'mysql.threads'],
    limits: ['postgresql.connection.max', 'mysql.connection.max'],
    of: 'limit',
    step: 'greatest',
  },
  {
    kind: 'queue',
    used: ['otelcol_exporter_queue_size', 'otelcol.exporter.queue.size'],
    limits: ['otelcol_exporter_queue_capacity', 'otelcol.exporter.queue.capacity'],
    of: 'limit',
    step: 'greatest',
  },
];

/** Queues that no convention names: what is waiting, by the metric's name. Times of waiting and totals are none. */
export const queueNames = {
  sql: "match(MetricName, '(?i)(queue|backlog|consumer_group.lag|messages?.(ready|current|visible|unacked))') AND NOT match(MetricName, '(?i)(time|duration|latency|capacity|limit|max|otelcol|_total$)')",
};

/** How a step of such a queue is taken. */
export const openQueue: Convention = { kind: 'queue', used: [], of: 'open', step: 'greatest' };

/** What counts as used up: what is left of a disk or a memory in the last percent serves nobody. */
export const fullAt: Readonly<Record<CapacityKind, number>> = {
  disk: 0.99,
  memory: 0.99,
  heap: 0.99,
  pool: 1,
  queue: 1,
};

export const capacityMetrics: readonly string[] = [
  ...new Set(conventions.flatMap(({ used, limits = [] }) => [...used, ...limits])),
];
