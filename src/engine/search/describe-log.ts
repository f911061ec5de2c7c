import { printable } from '../domain/printable.ts';
import type { LogRow } from './log-search.ts';

/** Wraps text in a colour by what it means; the edge decides whether there are colours at all. */
export type Colours = Readonly<Record<'dim' | 'error' | 'warning' | 'good' | 'accent', (text: string) => string>>;

/** One record on one line: time, severity, service, body. */
export function describeLog(row: LogRow, colours: Colours): string {
  const time = row.Timestamp.slice(11, 23);
  const severity = severityName(row).padEnd(5);
  const paint = row.SeverityNumber >= 17 ? colours.error : row.SeverityNumber >= 13 ? colours.warning : colours.dim;
  return `${colours.dim(time)} ${paint(severity)} ${colours.accent(printable(row.ServiceName))} ${printable(row.Body)}`;
}

/** The short name of the record's level; the sender's own text where it gave no number. */
export function severityName({
  SeverityNumber,
  SeverityText,
}: Pick<LogRow, 'SeverityNumber' | 'SeverityText'>): string {
  const names = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];
  if (SeverityNumber === 0) return SeverityText === '' ? '-' : printable(SeverityText).slice(0, 5).toUpperCase();
  return names[Math.floor((SeverityNumber - 1) / 4)] ?? '?';
}
