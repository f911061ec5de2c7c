import type { AnomalyCarrier, SeriesName } from '../../domain/anomaly.ts';
import { isBodySize } from './metrics-told.ts';

/** How directly a series says that somebody is worse off: a summary speaks of a signal before a metric. */
export const ranks = { bodySize: 0, metric: 1, signal: 2, harm: 3 } as const;

export function rankOf({ kind, subject }: SeriesName): number {
  if (kind !== 'metric') return ranks.signal;
  return isBodySize(subject) ? ranks.bodySize : ranks.metric;
}

/** The same of what a carrier says: calls fail, take longer or no longer come before all else. */
export function rankOfCarrier(carrier: AnomalyCarrier): number {
  const { kind, feature, value, usual } = carrier;
  if (kind !== 'service' && kind !== 'operation') return rankOf(carrier);
  const isHarm =
    feature === 'error_rate' ||
    feature === 'logs_error' ||
    (feature === 'calls' && value <= 0.1 * usual) ||
    (/^p\d+_ms$/.test(feature) && value > usual);
  return isHarm ? ranks.harm : ranks.signal;
}
