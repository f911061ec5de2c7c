import type { Watched } from './features-watched.ts';

/**
 * Whether a change matters to anybody, however sure it is. docs/detection.md has these as a table.
 *
 * @param calls in the window
 * @param lasting it is the mean of several windows that is compared, not a single one: less of it is enough
 */
export function matters(watched: Watched, value: number, usual: number, calls: number, lasting: boolean): boolean {
  const several = lasting ? 8 : 1;
  const above = value - usual;
  const ratio = usual > 0 ? value / usual : value > 0 ? Number.POSITIVE_INFINITY : 1;
  switch (watched.family) {
    case 'share':
      return above >= 0.01 && above * Math.max(1, calls) * several >= 1.5 && ratio >= 1.5;
    case 'rare':
      return above * several >= 2 && ratio >= 2;
    case 'latency':
      return (above >= 2 && ratio >= 1.25) || (above <= -5 && ratio <= 0.5);
    case 'count':
      return Math.abs(above) >= (lasting ? 1.5 : 5) && (ratio >= 1.5 || ratio <= 0.6);
    case 'gauge':
      return gaugeMatters(watched, value, usual, ratio);
  }
}

function gaugeMatters(watched: Watched, value: number, usual: number, ratio: number): boolean {
  const above = value - usual;
  if (isShareOfLimit(watched.feature)) return shareMatters(watched.feature, value, usual, ratio);
  if (watched.feature === 'pool_waiting' || watched.feature === 'queue') return above >= 2 && ratio >= 2;
  if (watched.feature.startsWith('model ')) return ratio >= 2;
  if (watched.feature === 'memory_bytes') return ratio >= 1.15;
  return Math.abs(above) >= watched.leastChange && (ratio >= 1.3 || ratio <= 0.7);
}

/** Used of what there is, from 0 to 1. */
const shares = new Set(['cpu', 'memory_share', 'pool_share', 'disk_share', 'eventloop']);
export const isShareOfLimit = (feature: string): boolean => shares.has(feature);

/** From here on a share is all but used up. */
export const nearLimit = 0.95;

function shareMatters(feature: string, value: number, usual: number, ratio: number): boolean {
  // From 90 % to 96 % is little of the usual, and most of what was left.
  if (value >= nearLimit && 1 - value <= (1 - usual) / 2) return true;
  if (Math.abs(value - usual) < 0.1 || (ratio < 1.3 && ratio > 0.6)) return false;
  // Looked at once in a while, a pool of three is at a third or at none: only one that fills up is worth a word.
  if (feature !== 'pool_share' || value < usual) return true;
  return value >= 0.7 || (value >= 0.5 && ratio >= 2);
}
