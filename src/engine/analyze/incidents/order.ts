import { anomalySeverities, type Anomaly, type AnomalySeverity } from '../../domain/anomaly.ts';

/** Comparisons by code units, not by locale: the order must be the same on every machine. */
export const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export const byStart = (a: { startMs: number; id: string }, b: { startMs: number; id: string }): number =>
  a.startMs - b.startMs || byText(a.id, b.id);

/** 0 for the least severe. */
export const rankOf = (severity: AnomalySeverity): number => anomalySeverities.indexOf(severity);

/** The most severe first, of those the highest score, of those the earliest. */
export const byWeight = (a: Anomaly, b: Anomaly): number =>
  rankOf(b.severity) - rankOf(a.severity) || b.score - a.score || byStart(a, b);
