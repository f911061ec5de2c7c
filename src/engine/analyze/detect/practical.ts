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
      return gaugeMatters(watched, above, ratio);
  }
}

function gaugeMatters(watched: Watched, above: number, ratio: number): boolean {
  if (watched.feature === 'cpu' || watched.feature === 'memory_share' || watched.feature === 'pool_share') {
    return Math.abs(above) >= 0.1 && (ratio >= 1.3 || ratio <= 0.6);
  }
  if (watched.feature === 'pool_waiting' || watched.feature === 'queue') return above >= 2 && ratio >= 2;
  if (watched.feature.startsWith('model ')) return ratio >= 2;
  if (watched.feature === 'memory_bytes') return ratio >= 1.15;
  return Math.abs(above) >= watched.leastChange && (ratio >= 1.3 || ratio <= 0.7);
}
