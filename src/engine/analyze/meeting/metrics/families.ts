import type { SeriesName } from '../../../domain/anomaly.ts';

/** Features that say much the same of one subject, the most telling first. */
const families: Readonly<Record<string, readonly string[]>> = {
  duration: ['p95_ms', 'p99_ms', 'p50_ms', 'mean_ms', 'max_ms'],
  traffic: ['calls', 'spans', 'logs'],
  errors: ['error_rate', 'errors', 'logs_error', 'logs_warn'],
  cpu: ['cpu', 'cpu_cores'],
  memory: ['memory_share', 'memory_bytes'],
  pool: ['pool_share', 'pool_waiting'],
  eventloop: ['eventloop_delay_ms', 'eventloop'],
};

const familyByFeature = new Map(
  Object.entries(families).flatMap(([family, features]) => features.map((feature) => [feature, family] as const)),
);

/** Features that say how a row was made. */
const notMeasured: ReadonlySet<string> = new Set(['sampled', 'operations_left_out', 'left_out', 'points']);

export const familyOf = ({ feature }: SeriesName): string => familyByFeature.get(feature) ?? feature;

/** Smaller is more telling. */
export const preferenceOf = ({ feature }: SeriesName): number =>
  Math.max(0, families[familyByFeature.get(feature) ?? '']?.indexOf(feature) ?? 0);

export const isMeasured = ({ feature, subject }: SeriesName): boolean =>
  !notMeasured.has(feature) && subject !== 'obs.series';

export const subjectKey = ({ kind, service, subject }: SeriesName): string => [kind, service, subject].join('\u0000');

/**
 * Whether two series move together whatever happens: features of one family of one subject, of a service and its own
 * operations, or of calls to a service and that service.
 */
export function isTrivial(one: SeriesName, other: SeriesName): boolean {
  if (familyOf(one) !== familyOf(other)) return false;
  if (subjectKey(one) === subjectKey(other)) return true;
  return servicesOf(one).some((service) => servicesOf(other).includes(service));
}

/** Services that a series of calls measures. */
function servicesOf({ kind, service, subject }: SeriesName): readonly string[] {
  if (kind === 'service' || kind === 'operation') return [service];
  return kind === 'edge' ? [service, subject] : [];
}

/** "p95_ms of shop", "calls of shop to db", "value of disk.usage{mount=/} (db)". */
export function nameOfSeries({ kind, service, subject, feature }: SeriesName): string {
  switch (kind) {
    case 'service':
      return `${feature} of ${service}`;
    case 'edge':
      return `${feature} of calls ${service} → ${subject}`;
    case 'host':
      return `${feature} of host ${subject}`;
    case 'operation':
    case 'metric':
      return `${feature} of ${subject} (${service})`;
  }
}
