import type { Alarm } from '../state/anomaly-data.ts';
import { severityTone, stretchMark, withoutTime } from './anomalies.ts';
import { cut, printable, segment, widthOf, type Line } from './text.ts';

/** What must fit for the sentence to be worth its beginning. */
const leastWords = 16;

/** Incidents that are open, in one discreet part of the header; nothing when there is none. */
export function alarmLine({ open, worst }: Alarm, room: number): Line {
  if (worst === null || open === 0) return [];
  const tone = severityTone(worst.severity);
  const mark = stretchMark({ severity: worst.severity, endMs: null }).text.trim();
  const count = `${mark === '' ? '' : `${mark} `}${open} ${open === 1 ? 'incident' : 'incidents'}`;
  const words = room - widthOf(count) - 2;
  if (words < leastWords) return [segment(count, tone)];
  return [segment(`${count}: `, tone), segment(cut(wordsOf(worst), words))];
}

/** Columns that the whole of it would take. */
export function alarmWidth(alarm: Alarm): number {
  return alarmLine(alarm, 1000).reduce((sum, { text }) => sum + widthOf(text), 0);
}

function wordsOf({ origin, services, summary }: NonNullable<Alarm['worst']>): string {
  const name = origin || (services[0] ?? '');
  const sentence = withoutTime(summary);
  return printable(name === '' || sentence.includes(name) ? sentence : `${name} ${sentence}`);
}
