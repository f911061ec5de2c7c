import type { Anomaly } from '../../domain/anomaly.ts';

const traffic = new Set(['calls', 'logs', 'spans', 'rate']);

/**
 * Less traffic, and nothing else. Who is not called is no cause of what its callers suffer, but may be a consequence; and
 * telemetry that has not come yet looks the same.
 */
export function isSilence({ carriers }: Pick<Anomaly, 'carriers'>): boolean {
  return carriers.length > 0 && carriers.every(({ feature, value, usual }) => traffic.has(feature) && value < usual);
}
