import type { Role } from '../roles.ts';
import { errorGrade, grade } from '../state/burn.ts';
import type { DeploymentRow, InstanceRow } from '../state/data.ts';
import type { HostRow } from '../state/row-lists.ts';
import type { Tone } from '../theme.ts';
import { gradeTone } from './grades.ts';
import { compact, percent, rate } from './numbers.ts';
import { errorChange } from './services.ts';
import { cell, column, type Column } from './table.ts';
import { ago } from './time.ts';

const right = { align: 'right' } as const;
/** An instance that sent nothing for so long is said to be quiet. */
const quietMs = 60_000;

export function deploymentColumns(role: Role, nowMs: number): Readonly<Record<string, Column<DeploymentRow>>> {
  return {
    service: column('service', 'service', 12, (d) => cell(d.service, 'accent'), { max: 32, measure: (r) => r.service }),
    version: column('version', 'version', 10, (d) => cell(d.version), { max: 24, measure: (r) => r.version }),
    since: column(
      'since',
      'up since',
      8,
      (d) => cell(`${ago(d.sinceMs, nowMs)} ago`, nowMs - d.sinceMs < 900_000 ? 'warn' : 'muted'),
      right,
    ),
    previous: column('previous', 'before', 10, (d) => cell(d.previous === '' ? 'first seen' : d.previous, 'muted'), {
      max: 24,
      measure: (d) => d.previous,
    }),
    environment: column('environment', 'env', 8, (d) => cell(d.environment, 'muted'), {
      max: 16,
      measure: (r) => r.environment,
    }),
    instances: column('instances', 'inst', 4, (d) => cell(compact(d.instances)), right),
    rate: column('rate', 'spans', 8, (d) => cell(rate(d.perSecond)), right),
    errors: column(
      'errors',
      'errors',
      7,
      (d) => cell(percent(d.errorRate), gradeTone(grade(d.errorRate, role.thresholds.errorRate))),
      right,
    ),
    errorChange: column(
      'errorChange',
      'Δerr',
      6,
      (d) => cell(d.previous === '' ? '–' : errorChange(d.errorRate, d.errorRateBefore), changeTone(d)),
      right,
    ),
  };
}

function changeTone(d: DeploymentRow): Tone {
  return d.errorRateBefore !== null && d.errorRate > d.errorRateBefore + 0.0005 ? 'warn' : 'muted';
}

export function hostColumns(role: Role, nowMs: number): readonly Column<HostRow>[] {
  return [
    column(
      'host',
      'host',
      16,
      (h) => cell(h.host === '' ? '(no host.name)' : h.host, h.host === '' ? 'muted' : 'accent'),
      { max: 44, measure: (h) => h.host },
    ),
    column('instances', 'inst', 4, (h) => cell(compact(h.instances)), right),
    column('rate', 'spans', 8, (h) => cell(rate(h.perSecond)), right),
    column('errors', 'errors', 7, (h) => errorsCell(h, role), right),
    column('seen', 'seen', 5, (h) => seenCell(h.lastMs, nowMs), right),
    column('services', 'services', 14, (h) => cell(h.services.join(', '), 'muted'), { max: 120 }),
  ];
}

export function instanceColumns(role: Role, nowMs: number): Readonly<Record<string, Column<InstanceRow>>> {
  return {
    service: column('service', 'service', 12, (i) => cell(i.service, 'accent'), { max: 32, measure: (r) => r.service }),
    instance: column('instance', 'instance', 14, (i) => cell(i.instance === '' ? '–' : i.instance), {
      max: 44,
      measure: (r) => r.instance,
    }),
    host: column('host', 'host', 10, (i) => cell(i.host === '' ? '–' : i.host, 'muted'), {
      max: 32,
      measure: (r) => r.host,
    }),
    version: column('version', 'version', 8, (i) => cell(i.version === '' ? '–' : i.version), {
      max: 20,
      measure: (r) => r.version,
    }),
    environment: column('environment', 'env', 6, (i) => cell(i.environment === '' ? '–' : i.environment, 'muted'), {
      max: 16,
      measure: (i) => i.environment,
    }),
    rate: column('rate', 'spans', 8, (i) => cell(rate(i.perSecond)), right),
    errors: column('errors', 'errors', 7, (i) => errorsCell(i, role), right),
    first: column('first', 'up since', 8, (i) => cell(`${ago(i.firstMs, nowMs)} ago`, 'muted'), right),
    seen: column('seen', 'seen', 5, (i) => seenCell(i.lastMs, nowMs), right),
  };
}

function errorsCell(
  { errors, spans }: { readonly errors: number; readonly spans: number },
  role: Role,
): ReturnType<typeof cell> {
  const errorRate = spans === 0 ? 0 : errors / spans;
  return cell(percent(errorRate), gradeTone(errorGrade({ errors, errorRate }, role), errors > 0 ? 'normal' : 'muted'));
}

function seenCell(lastMs: number, nowMs: number): ReturnType<typeof cell> {
  return cell(ago(lastMs, nowMs), nowMs - lastMs > quietMs ? 'warn' : 'good');
}
