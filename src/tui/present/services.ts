import type { Role } from '../roles.ts';
import { errorGrade, grade, growthGrade, latencyGrade } from '../state/burn.ts';
import type { OperationRow, Red, ServiceRow } from '../state/data.ts';
import type { Tone } from '../theme.ts';
import { gradeTone } from './grades.ts';
import { change, compact, duration, percent, rate } from './numbers.ts';
import { tonedSparkline } from './sparkline.ts';
import { cell, column, type Column } from './table.ts';
import { ago } from './time.ts';

const right = { align: 'right' } as const;

function redColumns<T extends Red>(role: Role): Readonly<Record<string, Column<T>>> {
  return {
    rate: column('rate', 'rate', 8, (r) => cell(rate(r.perSecond)), right),
    errors: column(
      'errors',
      'errors',
      7,
      (r) => cell(percent(r.errorRate), gradeTone(errorGrade(r, role), r.errors > 0 ? 'normal' : 'muted')),
      right,
    ),
    p50: column('p50', 'p50', 7, (r) => cell(duration(r.p50)), right),
    p95: column('p95', 'p95', 7, (r) => cell(duration(r.p95), gradeTone(latencyGrade(r.p95, role))), right),
    p99: column('p99', 'p99', 7, (r) => cell(duration(r.p99)), right),
    max: column('max', 'max', 7, (r) => cell(duration(r.max)), right),
    calls: column('calls', 'calls', 6, (r) => cell(compact(r.calls)), right),
  };
}

export function serviceColumns(role: Role, nowMs: number): Readonly<Record<string, Column<ServiceRow>>> {
  return {
    ...redColumns<ServiceRow>(role),
    service: column('service', 'service', 14, (s) => cell(s.service, 'accent'), { max: 44, measure: (s) => s.service }),
    trend: column('trend', 'trend', 8, (s, width) => trend(s, width, role), { max: 60 }),
    rateChange: column(
      'rateChange',
      'Δrate',
      6,
      (s) => cell(change(s.perSecond, s.before?.perSecond ?? null), 'muted'),
      right,
    ),
    errorChange: column(
      'errorChange',
      'Δerr',
      6,
      (s) => cell(errorChange(s.errorRate, s.before?.errorRate ?? null), errorChangeTone(s)),
      right,
    ),
    p95Change: column(
      'p95Change',
      'Δp95',
      6,
      (s) => cell(change(s.p95, s.before?.p95 ?? null), gradeTone(growthGrade(s, role), 'muted')),
      right,
    ),
    seen: column('seen', 'seen', 5, (s) => cell(ago(s.lastMs, nowMs), 'muted'), right),
  };
}

/** Change of an error rate in percentage points: `+2.1pp`; a share of a share would mislead near zero. */
export function errorChange(now: number, before: number | null): string {
  if (before === null) return now > 0 ? 'new' : '–';
  const points = (now - before) * 100;
  if (Math.abs(points) < 0.05) return '=';
  return `${points > 0 ? '+' : ''}${Math.abs(points) >= 10 ? points.toFixed(0) : points.toFixed(1)}pp`;
}

function errorChangeTone(s: ServiceRow): Tone {
  const before = s.before?.errorRate ?? 0;
  return s.errorRate > before + 0.0005 ? 'warn' : 'muted';
}

function trend(s: ServiceRow, width: number, role: Role): ReturnType<typeof tonedSparkline> {
  const { calls, errors } = s.trend;
  return tonedSparkline(calls, width, (index, columns) => {
    const from = Math.floor((index * calls.length) / columns);
    const to = Math.floor(((index + 1) * calls.length) / columns);
    const sum = (values: readonly number[]): number => values.slice(from, to).reduce((a, b) => a + b, 0);
    const failed = sum(errors);
    return failed === 0
      ? 'good'
      : gradeTone(grade(failed / Math.max(1, sum(calls)), role.thresholds.errorRate), 'good');
  });
}

export function operationColumns(role: Role): readonly Column<OperationRow>[] {
  const red = redColumns<OperationRow>(role);
  return [
    column('operation', 'operation', 20, (o) => cell(o.operation, 'accent'), { max: 70, measure: (o) => o.operation }),
    ...['rate', 'errors', 'p95', 'p50', 'p99'].flatMap((id) => red[id] ?? []),
    column('kind', 'kind', 8, (o) => cell(o.kind, 'muted')),
    ...['max', 'calls'].flatMap((id) => red[id] ?? []),
  ];
}
