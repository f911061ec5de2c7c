import type { Severity } from '../explanation.ts';

/** By the part of the latency that a finding explains, in percent. */
export const severityOf = (percent: number): Severity =>
  percent >= 50 ? 'critical' : percent >= 15 ? 'warning' : 'info';

const longMs = 500;

/** Without a history nobody knows whether it is slow: half a second is worth a look. */
export const severityUnknown = (ms: number): Severity => (ms >= longMs ? 'warning' : 'info');
