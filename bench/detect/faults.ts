import type { FeatureRow } from '../../src/engine/domain/feature-row.ts';
import { Chance } from './chance.ts';

/** What a fault does to the rows of normal traffic, the same to every service. */
export interface Fault {
  readonly name: string;
  readonly load?: number;
  readonly latency?: number;
  /** Share of calls that fail beside those that do anyway. */
  readonly errors?: number;
  readonly errorLines?: number;
  readonly cpu?: number;
  readonly queue?: number;
  /** Growth of memory an hour, as a part of it. */
  readonly leak?: number;
  /** Only the second operation, which has 40 % of the calls. */
  readonly oneOperation?: boolean;
  /** How long it lasts. */
  readonly minutes: number;
}

export const faultsTried: readonly Fault[] = [
  { name: 'errors +30 %', errors: 0.3, minutes: 5 },
  { name: 'errors +10 %', errors: 0.1, minutes: 5 },
  { name: 'errors +3 %', errors: 0.03, minutes: 10 },
  { name: 'errors +30 %, one operation', errors: 0.3, oneOperation: true, minutes: 5 },
  { name: 'latency ×3', latency: 3, minutes: 5 },
  { name: 'latency ×2', latency: 2, minutes: 5 },
  { name: 'latency ×1.4', latency: 1.4, minutes: 10 },
  { name: 'latency ×3, one operation', latency: 3, oneOperation: true, minutes: 5 },
  { name: 'traffic gone', load: 0, minutes: 5 },
  { name: 'traffic halved', load: 0.5, minutes: 10 },
  { name: 'traffic ×3', load: 3, minutes: 5 },
  { name: 'error lines, 10 a window', errorLines: 10, minutes: 5 },
  { name: 'CPU ×2', cpu: 2, minutes: 10 },
  { name: 'queue +30', queue: 30, minutes: 10 },
  { name: 'memory +100 % an hour', leak: 1, minutes: 60 },
  { name: 'memory +20 % an hour', leak: 0.2, minutes: 180 },
];

/** @param sinceStart windows since the fault began */
export function withFault(rows: readonly FeatureRow[], fault: Fault, sinceStart: number, chance: Chance): FeatureRow[] {
  return rows.map((row) => {
    if (row.kind === 'metric') return { ...row, values: { value: row.values['value']! + (fault.queue ?? 0) } };
    const touched = fault.oneOperation !== true || row.kind === 'service' || row.subject.endsWith('/1');
    // A service's own figures hold all of its operations.
    const part = fault.oneOperation === true && row.kind === 'service' ? 0.4 : 1;
    const values = { ...row.values };
    const calls = Math.round(values['calls']! * (touched ? (fault.load ?? 1) : 1));
    const errors = touched && fault.errors !== undefined ? chance.poisson(calls * fault.errors * part) : 0;
    values['calls'] = calls;
    values['errors'] = Math.min(calls, values['errors']! + errors);
    if (calls === 0) for (const name of Object.keys(values)) if (/_ms$|error_rate/.test(name)) delete values[name];
    if (calls > 0) values['error_rate'] = values['errors'] / calls;
    const slower = touched ? (fault.latency ?? 1) : 1;
    for (const name of ['mean_ms', 'p50_ms', 'p95_ms', 'p99_ms', 'max_ms']) {
      // Of two fifths that are slower, the middle feels little and the slowest all.
      const felt = part < 1 && (name === 'p50_ms' || name === 'mean_ms') ? 1 + (slower - 1) * 0.3 : slower;
      if (values[name] !== undefined) values[name] *= felt;
    }
    if (row.kind === 'service') {
      values['logs'] = Math.round(values['logs']! * (fault.load ?? 1));
      values['logs_error'] = values['logs_error']! + errors + (fault.errorLines ?? 0);
      values['cpu'] = Math.min(1, values['cpu']! * (fault.cpu ?? 1));
      values['memory_bytes'] = values['memory_bytes']! * (1 + ((fault.leak ?? 0) * sinceStart) / 360);
    }
    return { ...row, values };
  });
}
