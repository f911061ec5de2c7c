import type { Anomaly, Incident } from '../../engine/domain/anomaly.ts';
import type { Prediction } from '../../engine/domain/prediction.ts';

/** Incidents are rarer than requests: they are shown over the range, and a day at least. */
export const leastOutlookMs = 24 * 3_600_000;

/** What the analyzer looks at: tells "nothing is wrong" from "nobody looks". */
export interface Watched {
  /** Services with a window in the last hour. */
  readonly services: number;
  /** Unix milliseconds of the oldest and the newest window that is kept; null when there is none. */
  readonly firstMs: number | null;
  readonly lastMs: number | null;
}

/** An incident as lists show it, without its fingerprint. */
export type IncidentRow = Omit<Incident, 'fingerprint'>;

export interface AnomalyData {
  /** False: the store has no such tables, for another version of obs made it. */
  readonly isKept: boolean;
  /** Those that are open, and those that the range touched, or the last day. Open ones first. */
  readonly incidents: readonly IncidentRow[];
  /** Of the same time, and all of those incidents. */
  readonly anomalies: readonly Anomaly[];
  readonly watched: Watched;
}

/** Incidents that are open now, for the header of every page. */
export interface Alarm {
  readonly open: number;
  readonly worst: Pick<IncidentRow, 'severity' | 'origin' | 'services' | 'summary'> | null;
}

export interface PredictionData {
  readonly isKept: boolean;
  /** Crossings and spent budgets that are still open, the most pressing first; the newest claim of each. */
  readonly predictions: readonly Prediction[];
  /** How all claims marked in the last 7 days came out. */
  readonly record: { readonly right: number; readonly wrong: number; readonly untold: number };
}

/** A series around the start of an anomaly, by window. */
export interface SeriesData {
  readonly stepMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: readonly (readonly [atMs: number, value: number])[];
}
