import type { LogSeverity, RetentionDays } from '../../domain/retention-days.ts';
import { logSeverities } from '../../domain/retention-days.ts';
import type { Signal } from '../../domain/signals.ts';

/** Rows of the table go after so many days, those of some severities before that. */
export interface TtlRule {
  readonly days: number;
  readonly sooner: readonly { readonly days: number; readonly severities: readonly number[] }[];
}

/**
 * How long a signal's rows are kept. Logs of a severity may have days of their own, fewer or more than other logs: the
 * longest are the table's, the others are exceptions to it.
 */
export function ttlRule(days: RetentionDays, signal: Signal, isLogTable: boolean): TtlRule {
  const own = days.logSeverities ?? {};
  if (signal !== 'logs' || !isLogTable || Object.keys(own).length === 0) return { days: days[signal], sooner: [] };
  const bySeverity = severityRanges.map((name) => (name === null ? days.logs : (own[name] ?? days.logs)));
  const longest = Math.max(...bySeverity);
  const shorter = [...new Set(bySeverity)].filter((value) => value < longest).sort((a, b) => a - b);
  return {
    days: longest,
    sooner: shorter.map((value) => ({
      days: value,
      severities: bySeverity.flatMap((other, index) => (other === value ? [index] : [])),
    })),
  };
}

/** By `intDiv(SeverityNumber + 3, 4)`: 0 is a record without severity, 1 TRACE to TRACE4, 2 DEBUG … 6 FATAL. */
const severityRanges: readonly (LogSeverity | null)[] = [null, ...logSeverities];
