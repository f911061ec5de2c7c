import type { Severity } from '../explanation.ts';

/** By the part of the latency that a finding explains, in percent. */
export const severityOf = (percent: number): Severity =>
  percent >= 50 ? 'critical' : percent >= 15 ? 'warning' : 'info';
