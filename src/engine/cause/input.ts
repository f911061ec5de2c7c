/**
 * What a cause is ranked from. Every source (metrics with or without a graph, traces, logs) is said in these terms, so
 * that one ranking serves all of them.
 */

/** What an entity is. Only `host` is treated differently: what runs on it may suffer from it together. */
export type EntityKind = 'service' | 'pod' | 'host' | 'operation' | 'edge';

/** What a signal measures, recognised from a metric's name or said by its source. */
export type SignalKind = 'latency' | 'errors' | 'requests' | 'cpu' | 'memory' | 'other';

export interface Entity {
  /** Unique among the entities. */
  readonly name: string;
  readonly kind: EntityKind;
}

/** From one entity to another, as indexes into `entities`. */
export type Link = readonly [from: number, to: number];

/** One metric of one entity. NaN where there is no value; both arrays as long as their times. */
export interface MetricSeries {
  readonly entity: number;
  readonly kind: SignalKind;
  /** As the user knows it. */
  readonly name: string;
  /** What is measured, in the same word for all entities; `name` where it is left out. Matters for kind `other`. */
  readonly measure?: string;
  /**
   * Of `errors`: a share of the requests (0 to 1) or a count per row. Others are in any unit; latency in one unit for
   * all entities.
   */
  readonly unit?: 'share' | 'count';
  /** While nothing was wrong, oldest first. */
  readonly history: Float64Array;
  /** Around the alarm, oldest first; without an alarm's time all of it is taken to be abnormal. */
  readonly recent: Float64Array;
}

export interface Metrics {
  /** Milliseconds since 1970 at which each row begins; null without times: rows are then steps. */
  readonly recentMs: Float64Array | null;
  readonly series: readonly MetricSeries[];
}

/** What raised the alarm, and when. */
export interface Alarm {
  readonly entity: number;
  /** `errors` stands for availability too. */
  readonly kind: 'latency' | 'errors';
}

/**
 * A deviation that another source found and scored by itself, such as the structure or timing of traces. `score` is in
 * the ranking's unit: natural log of how much likelier this is with the entity at fault than without.
 */
export interface ScoredDeviation {
  readonly entity: number;
  /** The source's word for it, such as `structure` or `timing`. */
  readonly source: string;
  readonly kind: SignalKind;
  readonly score: number;
  readonly onset?: Onset;
  /** One plain sentence. */
  readonly why: string;
}

/** When a deviation began, and between which times it did with a probability of nine tenths. Milliseconds or rows. */
export interface Onset {
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

export interface CauseInput {
  readonly entities: readonly Entity[];
  /** Callers to callees. May have cycles, repeated links and links to itself. */
  readonly calls: readonly Link[];
  /** Entities to the hosts that they run on. */
  readonly placements?: readonly Link[];
  readonly metrics?: Metrics;
  readonly deviations?: readonly ScoredDeviation[];
  readonly alarm?: Alarm;
  /** Milliseconds since 1970 of the alarm (a row's number, with a fraction, where rows have no times). */
  readonly alarmAt?: number;
}
