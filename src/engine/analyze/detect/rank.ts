import type { SeriesName } from '../../domain/anomaly.ts';
import { isBodySize } from './metrics-told.ts';

/** How directly a carrier says that somebody is worse off. A summary speaks of a higher rank before a lower one. */
export const ranks = { bodySize: 0, metric: 1, signal: 2 } as const;

export function rankOf({ kind, subject }: SeriesName): number {
  if (kind !== 'metric') return ranks.signal;
  return isBodySize(subject) ? ranks.bodySize : ranks.metric;
}
