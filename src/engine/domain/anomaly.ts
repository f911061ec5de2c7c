import type { FeatureKind } from './feature-row.ts';

export const anomalySeverities = ['info', 'warning', 'critical'] as const;
export type AnomalySeverity = (typeof anomalySeverities)[number];

/** A series: one feature of one subject. */
export interface SeriesName {
  readonly kind: FeatureKind;
  readonly service: string;
  readonly subject: string;
  readonly feature: string;
}

/** What carries an anomaly: how far a series is from what was expected of it. */
export interface AnomalyCarrier extends SeriesName {
  /** At the anomaly's peak; of the first carrier at its own worst one. */
  readonly value: number;
  /** What was expected then, and where about one in a hundred values lies beyond. */
  readonly usual: number;
  readonly usualLow: number;
  readonly usualHigh: number;
  /** Its part of the score, 0 to 1; those of all carriers are at most 1 together. */
  readonly share: number;
  /** "p99 of POST /pay 4.1× its usual 180 ms, since 14:02:10". Times are UTC. */
  readonly words: string;
}

/**
 * A stretch of windows in which a service, a host or a metric left what is usual for it. The same id comes again while it
 * goes on, each time with more known: a row of `obs_anomalies`, of which the newest version counts.
 */
export interface Anomaly {
  readonly id: string;
  /** Empty for a host. */
  readonly service: string;
  /** Start of the first window out of the usual, of that with the highest score, and of the last; Unix milliseconds. */
  readonly startMs: number;
  readonly peakMs: number;
  /** `null` while it goes on. */
  readonly endMs: number | null;
  /** When it was found: by this machine's clock, not the telemetry's. */
  readonly foundMs: number;
  readonly severity: AnomalySeverity;
  /** False alarms a week and service at which this score would just be reached, as −log10: 0 is one a week, 2 one in 100 weeks. */
  readonly score: number;
  /** What raised it: `level`, `season`, `shift`, `rare`, `ramp`, `combination`. The strongest first. */
  readonly detectors: readonly string[];
  /** First the one that it was opened with, unless one of a higher rank joined; then the most telling of the peak. */
  readonly carriers: readonly AnomalyCarrier[];
  /** One sentence, of the first carrier. */
  readonly summary: string;
  /** How much was known of the service then: `minutes`, `hours`, `days` or `weeks` of history. */
  readonly learned: LearnedFrom;
}

export const learnedFrom = ['minutes', 'hours', 'days', 'weeks'] as const;
export type LearnedFrom = (typeof learnedFrom)[number];

/** Anomalies that belong together in time and along the graph of calls: a row of `obs_incidents`. */
export interface Incident {
  readonly id: string;
  readonly startMs: number;
  /** `null` while one of its anomalies goes on. */
  readonly endMs: number | null;
  readonly severity: AnomalySeverity;
  readonly services: readonly string[];
  /** Where it seems to come from: the service furthest down the calls among those that began first. */
  readonly origin: string;
  readonly anomalyIds: readonly string[];
  readonly summary: string;
  /** What was out of the usual, as features of a fingerprint with their weights: see docs/incidents.md. */
  readonly fingerprint: Readonly<Record<string, number>>;
  /** The most alike earlier incidents, most alike first. */
  readonly similar: readonly {
    readonly id: string;
    readonly startMs: number;
    readonly likeness: number;
    readonly note: string;
  }[];
  /** What a person noted: what it was. */
  readonly note: string;
}
