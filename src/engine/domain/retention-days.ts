import type { BySignal } from './signals.ts';

/** OpenTelemetry's severity ranges, four numbers each. */
export const logSeverities = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogSeverity = (typeof logSeverities)[number];

/** Days that telemetry is kept, by signal; logs of some severities longer or shorter than the others. */
export interface RetentionDays extends BySignal<number> {
  readonly logSeverities?: Readonly<Partial<Record<LogSeverity, number>>>;
}
