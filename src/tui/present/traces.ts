import type { ErrorGroup, TraceRow } from '../state/data.ts';
import type { Model } from '../state/model.ts';
import { latencyGrade } from '../state/burn.ts';
import { gradeTone } from './grades.ts';
import { compact, duration } from './numbers.ts';
import { cell, column, type Column } from './table.ts';
import { ago, clock, dayClock } from './time.ts';

const right = { align: 'right' } as const;
const day = 86_400_000;

export function traceColumns({ role, zone, rangeMs }: Model): Readonly<Record<string, Column<TraceRow>>> {
  const isLong = rangeMs >= day;
  return {
    time: column('time', 'started', isLong ? 14 : 8, (t) =>
      cell(isLong ? dayClock(t.startMs, zone) : clock(t.startMs, zone), 'muted'),
    ),
    service: column('service', 'service', 10, (t) => cell(t.service, 'accent'), { max: 28, measure: (r) => r.service }),
    operation: column('operation', 'operation', 14, (t) => cell(t.operation), { max: 60, measure: (r) => r.operation }),
    duration: column(
      'duration',
      'took',
      7,
      (t) => cell(duration(t.durationNs), gradeTone(latencyGrade(t.durationNs, role))),
      right,
    ),
    spans: column('spans', 'spans', 5, (t) => cell(compact(t.spans)), right),
    errors: column('errors', 'err', 4, (t) => cell(t.errors === 0 ? '' : compact(t.errors), 'bad'), right),
    services: column('services', 'svcs', 4, (t) => cell(compact(t.services), 'muted'), right),
    status: column('status', 'last error', 16, (t) => cell(t.statusMessage, 'bad'), {
      max: 80,
      measure: (r) => r.statusMessage,
    }),
    trace: column('trace', 'trace', 8, (t) => cell(t.traceId.slice(0, 8), 'muted')),
  };
}

export function errorColumns({ nowMs }: Model): readonly Column<ErrorGroup>[] {
  return [
    column('last', 'last', 5, (e) => cell(ago(e.lastMs, nowMs), 'muted'), right),
    column('count', 'count', 5, (e) => cell(compact(e.count), 'bad'), right),
    column('service', 'service', 10, (e) => cell(e.service, 'accent'), { max: 28, measure: (r) => r.service }),
    column('operation', 'operation', 14, (e) => cell(e.operation), { max: 50, measure: (r) => r.operation }),
    column(
      'message',
      'message',
      10,
      (e) => cell(e.message === '' ? '(no message)' : e.message, e.message === '' ? 'muted' : 'normal'),
      { max: 200 },
    ),
  ];
}
