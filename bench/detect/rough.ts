import type { FeatureRow } from '../../src/engine/domain/feature-row.ts';
import type { Chance } from './chance.ts';
import { windowsPerDay } from './traffic.ts';

/** A job each night at 2:00, for three minutes. */
const job = { from: 720, to: 738 } as const;

export const inJob = (age: number): boolean => age % windowsPerDay >= job.from && age % windowsPerDay < job.to;

const pareto = (chance: Chance): number => (1 - chance.uniform()) ** -0.7;

/**
 * Rows of made-up traffic with what real systems have beside: heavy-tailed spikes of p99 (one window in 300), heavy-tailed
 * bursts of errors (one in 2,000), and a nightly job with four times the calls and twice the CPU.
 *
 * @param age windows since the first one, which is at 0:00
 */
export function roughened(rows: readonly FeatureRow[], age: number, chance: Chance): FeatureRow[] {
  return rows.map((row) => {
    const values = { ...row.values };
    if (values['p99_ms'] !== undefined && chance.uniform() < 0.003) {
      values['p99_ms'] *= Math.min(50, 1.5 * pareto(chance));
    }
    if ((values['calls'] ?? 0) > 0 && chance.uniform() < 0.0005) {
      values['errors'] = Math.min(values['calls']!, values['errors']! + Math.round(2 * pareto(chance)));
      values['error_rate'] = values['errors'] / values['calls']!;
    }
    if (inJob(age) && values['calls'] !== undefined) {
      values['calls'] = Math.round(values['calls'] * 4);
      if (values['logs'] !== undefined) values['logs'] *= 4;
      if (values['cpu'] !== undefined) values['cpu'] = Math.min(1, values['cpu'] * 2);
    }
    return { ...row, values };
  });
}
