import type { OperationKey } from './sql.ts';

/** An operation in one process: the minutes around the trace, and a while of what is usual. Durations are medians and p95, 0 without calls. */
export interface InstanceStats extends OperationKey {
  /** `service.instance.id`, `k8s.pod.name`, host and process id, or the host: never empty. */
  readonly instance: string;
  readonly host: string;
  readonly version: string;
  readonly recent: CallStats;
  readonly usual: CallStats;
}

export interface CallStats {
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Calls of an operation that carry one value of an attribute, lately and usually. */
export interface ValueStats extends OperationKey {
  readonly key: string;
  readonly value: string;
  readonly recent: CallStats;
  readonly usual: CallStats;
  /** Of all values of the attribute together. */
  readonly recentCallsOfAll: number;
  readonly usualCallsOfAll: number;
}

/** Sizes that spans of an operation tell in one attribute, in its unit (bytes or rows); 0 without spans. */
export interface SizeStats extends OperationKey {
  readonly key: string;
  readonly recent: SizeQuantiles;
  readonly usual: SizeQuantiles;
}

export interface SizeQuantiles {
  readonly calls: number;
  readonly p50: number;
  readonly p95: number;
}

/** When the first span of a process was seen, within the last day. */
export interface ProcessStart {
  readonly service: string;
  readonly instance: string;
  readonly firstSeenMs: number;
}

/** What a runtime, a container or a host measured of itself, over the last quarter of an hour. */
export interface RuntimeSeries {
  /** Empty where a host reports for itself. */
  readonly service: string;
  readonly instance: string;
  readonly host: string;
  readonly metric: string;
  readonly unit: string;
  /** A gauge as it is; of a counter or a histogram the total since the first point. */
  readonly how: 'gauge' | 'total';
  /** The attributes of the points, where they tell series apart. */
  readonly stream: string;
  /** Unix seconds. */
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

/** How many log records services wrote around the trace, and how many of them name a trace. */
export interface LogIds {
  readonly service: string;
  readonly records: number;
  readonly withTrace: number;
}

/** A statement or a transaction of any trace that ran while a slow statement of this one waited. */
export interface OverlappingStatement extends OperationKey {
  readonly traceId: string;
  readonly spanId: string;
  /** From the start of this trace. */
  readonly startNs: number;
  readonly endNs: number;
  readonly status: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** How often an operation that says whether a cache had what was asked for found nothing. */
export interface LookUps extends OperationKey {
  readonly recent: { readonly calls: number; readonly misses: number };
  readonly usual: { readonly calls: number; readonly misses: number };
}

/** What was measured around a trace beside the rollups; what the store could not give is empty. */
export interface Nearby {
  readonly instances: readonly InstanceStats[];
  readonly values: readonly ValueStats[];
  readonly sizes: readonly SizeStats[];
  readonly starts: readonly ProcessStart[];
  readonly runtime: readonly RuntimeSeries[];
  readonly logIds: readonly LogIds[];
  readonly statements: readonly OverlappingStatement[];
  /** Of services in which the trace waited for what no span tells of. */
  readonly lookUps: readonly LookUps[];
  /** How the spans around the trace were read: SQL of the condition that bounds them, empty without. */
  readonly sampled: Sampled | null;
}

/** Which spans around the trace were looked at. Unix seconds. */
export interface Sampled {
  readonly operations: readonly OperationKey[];
  readonly usualFrom: number;
  readonly usualTo: number;
  readonly recentFrom: number;
  readonly recentTo: number;
  /** Of all services in both periods. */
  readonly spans: number;
  /** Only traces whose id is less; empty: all. Of instances and, as they cost more to read, of attributes. */
  readonly instancesBelow: string;
  readonly attributesBelow: string;
}

export const emptyNearby: Nearby = {
  instances: [],
  values: [],
  sizes: [],
  starts: [],
  runtime: [],
  logIds: [],
  statements: [],
  lookUps: [],
  sampled: null,
};
