import type { OwnRow } from '../../store/own-tables.ts';

/** A pattern or a shape as obs knows it: a row of `obs_patterns`. */
export interface StoredPattern {
  readonly id: string;
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly text: string;
  /** `ERROR`, …; empty for traces. */
  readonly severity: string;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly example: string;
  /** Id of the pattern that this one turned out to be part of; empty if it stands by itself. */
  readonly mergedInto: string;
}

/** How often it was in one minute: a row of `obs_pattern_counts`. */
export interface PatternMinute {
  readonly timeMs: number;
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly id: string;
  readonly count: number;
  readonly errors: number;
  /** Milliseconds, of traces. */
  readonly durationP50: number;
  readonly durationP99: number;
  /** JSON, or empty. */
  readonly unusual: string;
}

export const patternRow = (pattern: StoredPattern): OwnRow => ({
  Id: pattern.id,
  Signal: pattern.signal,
  ServiceName: pattern.service,
  Text: pattern.text,
  Severity: pattern.severity,
  FirstSeen: timeText(pattern.firstMs),
  LastSeen: timeText(pattern.lastMs),
  Example: pattern.example,
  MergedInto: pattern.mergedInto,
});

export const countRow = (minute: PatternMinute): OwnRow => ({
  Time: Math.floor(minute.timeMs / 1000),
  Signal: minute.signal,
  ServiceName: minute.service,
  Id: minute.id,
  Count: minute.count,
  DurationP50: minute.durationP50,
  DurationP99: minute.durationP99,
  Errors: minute.errors,
  Unusual: minute.unusual,
});

const timeText = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

const severityNames = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'];

/** OpenTelemetry's name for a range of SeverityNumber; empty for 0. */
export const severityName = (number: number): string =>
  number < 1 ? '' : (severityNames[Math.min(5, Math.floor((number - 1) / 4))] as string);

/** The lowest SeverityNumber of a name; 0 for none. */
export const severityNumber = (name: string): number =>
  severityNames.includes(name) ? 1 + 4 * severityNames.indexOf(name) : 0;
