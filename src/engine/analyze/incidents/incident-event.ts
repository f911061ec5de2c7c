import type { Anomaly, Incident } from '../../domain/anomaly.ts';
import type { LiveIncident } from './live-incident.ts';
import { rankOf } from './order.ts';

/** What hooks are told. */
export interface IncidentEvent {
  readonly type: 'opened' | 'changed' | 'ended';
  readonly incident: Incident;
  /** All of the incident's. */
  readonly anomalies: readonly Anomaly[];
}

/** What is to be told of an incident as it is now; `null`: nothing that somebody needs to look up for. */
export function nextEvent({ given, told }: LiveIncident, now: Incident): IncidentEvent['type'] | null {
  const wasOpen = given !== null && given.endMs === null;
  if (now.endMs !== null) return wasOpen || given === null ? 'ended' : null;
  if (!wasOpen) return 'opened';
  return told === null || isWorse(told, now) ? 'changed' : null;
}

/** More severe, or in a service that was not touched before. */
export function isWorse(
  before: Pick<Incident, 'severity' | 'services'>,
  now: Pick<Incident, 'severity' | 'services'>,
): boolean {
  return (
    rankOf(now.severity) > rankOf(before.severity) || now.services.some((service) => !before.services.includes(service))
  );
}
