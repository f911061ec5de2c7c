import type { Incident } from '../../domain/anomaly.ts';
import { utcDay } from './times.ts';

/** "like 2026-11-02, that one was pool exhaustion in payment (likeness 0.93)". */
export function likeWords({ id, startMs, likeness, note }: Incident['similar'][number]): string {
  const was = note === '' ? `incident ${id}, of which nothing was noted` : `that one was ${note}`;
  return `like ${utcDay(startMs)}, ${was} (likeness ${likeness.toFixed(2)})`;
}
