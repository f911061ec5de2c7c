import type { Role, Threshold } from '../roles.ts';
import type { Red, ServiceRow, TraceRow } from './data.ts';

/** How bad a figure is by the role's thresholds. */
export type Grade = 'fine' | 'warn' | 'bad';

export function grade(value: number, threshold: Threshold): Grade {
  if (value >= threshold.bad) return 'bad';
  return value >= threshold.warn ? 'warn' : 'fine';
}

export function worst(...grades: readonly Grade[]): Grade {
  return grades.includes('bad') ? 'bad' : grades.includes('warn') ? 'warn' : 'fine';
}

export function errorGrade(red: Pick<Red, 'errorRate' | 'errors'>, role: Role): Grade {
  return red.errors === 0 ? 'fine' : grade(red.errorRate, role.thresholds.errorRate);
}

export function latencyGrade(p95Ns: number, role: Role): Grade {
  return grade(p95Ns / 1e6, role.thresholds.p95);
}

/** Growth of p95 against the hour before; what is too fast to matter (under a tenth of `p95.warn`) is never graded. */
export function growthGrade(row: Pick<ServiceRow, 'p95' | 'before'>, role: Role): Grade {
  if (row.before === null || row.before.p95 === 0) return 'fine';
  if (row.p95 / 1e6 < role.thresholds.p95.warn / 10) return 'fine';
  return grade(row.p95 / row.before.p95 - 1, role.thresholds.growth);
}

export function serviceGrade(row: ServiceRow, role: Role): Grade {
  return worst(errorGrade(row, role), latencyGrade(row.p95, role), growthGrade(row, role));
}

export function operationGrade(row: Red, role: Role): Grade {
  return worst(errorGrade(row, role), latencyGrade(row.p95, role));
}

/** A trace is as bad as a service whose p95 it were. */
export function traceGrade({ errors, durationNs }: Pick<TraceRow, 'errors' | 'durationNs'>, role: Role): Grade {
  return errors > 0 ? 'bad' : latencyGrade(durationNs, role);
}

/** Order of what burns: how far each figure is beyond its own `bad`, errors and latency and growth added up. */
export function burn(row: ServiceRow, role: Role): number {
  const { errorRate, p95, growth } = role.thresholds;
  const rise = row.before === null || row.before.p95 === 0 ? 0 : Math.max(0, row.p95 / row.before.p95 - 1);
  const share = (value: number, limit: number): number =>
    limit > 0 ? Math.min(10, value / limit) : value > 0 ? 10 : 0;
  return share(row.errorRate, errorRate.bad) + share(row.p95 / 1e6, p95.bad) + share(rise, growth.bad);
}
