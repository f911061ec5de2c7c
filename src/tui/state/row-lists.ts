import { isError } from '../../engine/explain/span.ts';
import type { TreeSpan } from '../../engine/explain/tree-span.ts';
import type { Role, ServiceSort } from '../roles.ts';
import { burn, operationGrade, serviceGrade, traceGrade } from './burn.ts';
import type {
  DeploymentRow,
  ErrorGroup,
  InstanceRow,
  LogRow,
  OperationRow,
  ServiceRow,
  TraceDetail,
  TraceRow,
} from './data.ts';
import type { Keyed } from './lists.ts';
import { memoLast } from './memo.ts';

/** A row of a list: its key, its data, and what `e` and `n` look for. */
export interface Row<T> extends Keyed {
  readonly data: T;
  readonly isError: boolean;
  readonly isMatch: boolean;
}

export interface HostRow {
  readonly host: string;
  readonly services: readonly string[];
  readonly instances: number;
  readonly perSecond: number;
  readonly spans: number;
  readonly errors: number;
  readonly lastMs: number;
}

const none: readonly never[] = [];

/** Rows whose text has the filter in it, in any case. */
export function keep<T>(rows: readonly Row<T>[], filter: string, text: (data: T) => string): readonly Row<T>[] {
  if (filter === '') return rows;
  const wanted = filter.toLowerCase();
  return rows.filter((row) => text(row.data).toLowerCase().includes(wanted)).map((row) => ({ ...row, isMatch: true }));
}

export function row<T>(key: string, data: T, error: boolean): Row<T> {
  return { key, data, isError: error, isMatch: false };
}

const serviceOrder: Readonly<Record<ServiceSort, (role: Role) => (a: ServiceRow, b: ServiceRow) => number>> = {
  burn: (role) => (a, b) => burn(b, role) - burn(a, role),
  name: () => () => 0,
  rate: () => (a, b) => b.perSecond - a.perSecond,
  errors: () => (a, b) => b.errorRate - a.errorRate,
  p95: () => (a, b) => b.p95 - a.p95,
};

export const serviceRows = memoLast(
  (data: readonly ServiceRow[], filter: string, sort: ServiceSort, role: Role): readonly Row<ServiceRow>[] => {
    const order = serviceOrder[sort](role);
    const sorted = data.toSorted((a, b) => order(a, b) || byText(a.service, b.service));
    const rows = sorted.map((s) => row(s.service, s, serviceGrade(s, role) === 'bad'));
    return keep(rows, filter, (s) => s.service);
  },
);

export const operationRows = memoLast(
  (data: readonly OperationRow[], filter: string, role: Role): readonly Row<OperationRow>[] =>
    keep(
      data.map((o) => row(`${o.kind} ${o.operation}`, o, operationGrade(o, role) === 'bad')),
      filter,
      (o) => `${o.operation} ${o.kind}`,
    ),
);

export const traceRows = memoLast((data: readonly TraceRow[], filter: string, role: Role): readonly Row<TraceRow>[] =>
  keep(
    data.map((t) => row(t.traceId, t, traceGrade(t, role) === 'bad')),
    filter,
    (t) => `${t.service} ${t.operation} ${t.traceId} ${t.statusMessage}`,
  ),
);

export const errorRows = memoLast((data: readonly ErrorGroup[], filter: string): readonly Row<ErrorGroup>[] =>
  keep(
    data.map((e) => row(JSON.stringify([e.service, e.operation, e.message]), e, true)),
    filter,
    (e) => `${e.service} ${e.operation} ${e.message}`,
  ),
);

/** All spans in the order of the tree; a filter marks them and hides none, for a span means little without its place. */
export const spanRows = memoLast((detail: TraceDetail | undefined, filter: string): readonly Row<TreeSpan>[] => {
  const wanted = filter.toLowerCase();
  return (detail?.tree?.spans ?? none).map((span) => ({
    ...row(span.spanId, span, isError(span)),
    isMatch: filter !== '' && `${span.service} ${span.operation} ${span.spanId}`.toLowerCase().includes(wanted),
  }));
});

export const logRows = memoLast((data: readonly LogRow[], filter: string): readonly Row<LogRow>[] =>
  keep(
    data.map((l) => row(l.key, l, l.severityNumber >= 17)),
    filter,
    (l) => `${l.body} ${l.service} ${l.traceId}`,
  ),
);

export const deploymentRows = memoLast(
  (data: readonly DeploymentRow[], filter: string, role: Role): readonly Row<DeploymentRow>[] =>
    keep(
      data.map((d) =>
        row(JSON.stringify([d.service, d.version, d.environment]), d, d.errorRate >= role.thresholds.errorRate.bad),
      ),
      filter,
      (d) => `${d.service} ${d.version} ${d.environment}`,
    ),
);

export const hostRows = memoLast(
  (data: readonly InstanceRow[], filter: string, role: Role): readonly Row<HostRow>[] => {
    const rows = [...Map.groupBy(data, (i) => i.host)].map(([host, instances]) => {
      const sum = (of: (i: InstanceRow) => number): number => instances.reduce((total, i) => total + of(i), 0);
      const spans = sum((i) => i.spans);
      const errors = sum((i) => i.errors);
      const data: HostRow = {
        host,
        services: [...new Set(instances.map((i) => i.service))].sort(),
        instances: instances.length,
        perSecond: sum((i) => i.perSecond),
        spans,
        errors,
        lastMs: Math.max(...instances.map((i) => i.lastMs)),
      };
      return row(host, data, errors > 0 && errors / spans >= role.thresholds.errorRate.bad);
    });
    return keep(
      rows.sort((a, b) => byText(a.data.host, b.data.host)),
      filter,
      (h) => `${h.host} ${h.services.join(' ')}`,
    );
  },
);

export const instanceRows = memoLast(
  (data: readonly InstanceRow[], filter: string, role: Role): readonly Row<InstanceRow>[] =>
    keep(
      data.map((i) =>
        row(
          JSON.stringify([i.service, i.instance, i.version, i.host, i.environment]),
          i,
          i.errors > 0 && i.errors / i.spans >= role.thresholds.errorRate.bad,
        ),
      ),
      filter,
      (i) => `${i.service} ${i.instance} ${i.host} ${i.version} ${i.environment}`,
    ),
);

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
