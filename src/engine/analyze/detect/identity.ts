import type { SeriesName } from '../../domain/anomaly.ts';

/** Two rounds of FNV-1a (Fowler, Noll, Vo) with different starts: 16 hex digits, the same for the same text. */
export function idOf(text: string): string {
  return hash(text, 0x811c9dc5) + hash(text, 0x9747b28c);
}

function hash(text: string, start: number): string {
  let value = start;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x85ebca6b);
  return ((value ^ (value >>> 13)) >>> 0).toString(16).padStart(8, '0');
}

export const sameSeries = (a: SeriesName, b: SeriesName): boolean =>
  a.kind === b.kind && a.service === b.service && a.subject === b.subject && a.feature === b.feature;
