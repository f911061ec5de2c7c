import type { CriticalPath } from '../../engine/explain/critical-path.ts';
import type { TraceTree } from '../../engine/explain/trace-tree.ts';
import type { SeriesName } from '../../engine/domain/anomaly.ts';
import type { SeverityName, TraceSort } from '../roles.ts';
import type { Alarm, AnomalyData, PredictionData, SeriesData } from './anomaly-data.ts';

/** How much the store holds; from which "nothing yet", "nothing in this range" and "so many behind" are told. */
export interface Totals {
  readonly spans: number;
  readonly logs: number;
  /** Unix milliseconds of the newest record of either kind; null when there is none. */
  readonly newestMs: number | null;
}

/** Rate, errors and duration of one service or operation over the range. Durations in nanoseconds. */
export interface Red {
  readonly calls: number;
  readonly errors: number;
  /** Calls a second over the part of the range that has data. */
  readonly perSecond: number;
  readonly errorRate: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** The same over the hour before the range; null where there was nothing. */
export type Before = Pick<Red, 'perSecond' | 'errorRate' | 'p95'> | null;

export interface ServiceRow extends Red {
  readonly service: string;
  readonly before: Before;
  /** Equal steps over the range, oldest first. */
  readonly trend: { readonly calls: readonly number[]; readonly errors: readonly number[] };
  readonly lastMs: number;
}

export interface OperationRow extends Red {
  readonly operation: string;
  readonly kind: string;
}

export interface ServiceData {
  readonly service: string;
  readonly stepMs: number;
  /** Equal steps over the range, oldest first; latencies in nanoseconds, 0 where nothing was called. */
  readonly perSecond: readonly number[];
  readonly errorsPerSecond: readonly number[];
  readonly p50: readonly number[];
  readonly p95: readonly number[];
  readonly operations: readonly OperationRow[];
}

export interface TraceRow {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationNs: number;
  readonly service: string;
  readonly operation: string;
  readonly spans: number;
  readonly errors: number;
  readonly services: number;
  readonly statusMessage: string;
}

/** Error spans of one operation with one message. */
export interface ErrorGroup {
  readonly service: string;
  readonly operation: string;
  readonly message: string;
  readonly count: number;
  readonly lastMs: number;
  readonly traceId: string;
}

export interface LogRow {
  /** Differs between records, and stays the same from poll to poll. */
  readonly key: string;
  readonly atMs: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly service: string;
  readonly body: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: Readonly<Record<string, string>>;
}

export interface TraceDetail {
  readonly traceId: string;
  /** Unix milliseconds that the tree's nanoseconds count from. */
  readonly originMs: number;
  /** Null when the store has no span of it. */
  readonly tree: TraceTree | null;
  readonly path: CriticalPath | null;
  /** Spans that the store holds beyond those loaded. */
  readonly leftOut: number;
}

export interface InstanceRow {
  readonly service: string;
  readonly instance: string;
  readonly host: string;
  readonly version: string;
  readonly environment: string;
  readonly spans: number;
  readonly errors: number;
  readonly perSecond: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A version of a service that came up in the range: what telemetry shows of a deployment. */
export interface DeploymentRow {
  readonly service: string;
  readonly version: string;
  /** The version that was seen last before it; empty when it is the first one known. */
  readonly previous: string;
  readonly environment: string;
  readonly sinceMs: number;
  readonly instances: number;
  readonly perSecond: number;
  readonly errorRate: number;
  /** Error rate of the previous version; null without one. */
  readonly errorRateBefore: number | null;
}

export interface Resources {
  readonly deployments: readonly DeploymentRow[];
  readonly instances: readonly InstanceRow[];
}

/** What a panel may ask for. Equal requests have equal answers, so a request is also the name of its answer. */
export type PanelRequest =
  | { readonly id: 'totals' }
  | { readonly id: 'services'; readonly rangeMs: number; readonly services: readonly string[] }
  | { readonly id: 'service'; readonly rangeMs: number; readonly service: string }
  | {
      readonly id: 'traces';
      readonly rangeMs: number;
      readonly services: readonly string[];
      readonly operation: string | null;
      readonly sort: TraceSort;
    }
  | { readonly id: 'errors'; readonly rangeMs: number; readonly services: readonly string[] }
  | { readonly id: 'trace'; readonly traceId: string }
  | { readonly id: 'traceLogs'; readonly traceId: string }
  | {
      readonly id: 'logs';
      readonly rangeMs: number;
      readonly services: readonly string[];
      readonly minSeverity: SeverityName;
      readonly search: string;
    }
  | { readonly id: 'resources'; readonly rangeMs: number; readonly services: readonly string[] }
  | { readonly id: 'alarm'; readonly services: readonly string[] }
  | { readonly id: 'anomalies'; readonly rangeMs: number; readonly services: readonly string[] }
  | { readonly id: 'predictions'; readonly services: readonly string[] }
  | { readonly id: 'series'; readonly series: SeriesName; readonly startMs: number; readonly endMs: number | null };

export interface PanelData {
  readonly totals: Totals;
  readonly services: readonly ServiceRow[];
  readonly service: ServiceData;
  readonly traces: readonly TraceRow[];
  readonly errors: readonly ErrorGroup[];
  readonly trace: TraceDetail;
  readonly traceLogs: readonly LogRow[];
  readonly logs: readonly LogRow[];
  readonly resources: Resources;
  readonly alarm: Alarm;
  readonly anomalies: AnomalyData;
  readonly predictions: PredictionData;
  readonly series: SeriesData;
}
export type PanelId = keyof PanelData;
export type RequestFor<P extends PanelId> = Extract<PanelRequest, { readonly id: P }>;

/** An answer with the request that it answers and the clock's time when it came. */
export type PanelAnswer = {
  readonly [P in PanelId]: { readonly id: P; readonly key: string; readonly data: PanelData[P]; readonly atMs: number };
}[PanelId];

export function requestKey(request: PanelRequest): string {
  return JSON.stringify(request);
}
