import { createHash } from 'node:crypto';
import { anomalySeverities, type Anomaly, type AnomalySeverity, type Incident } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import type { CallGraph } from './call-graph.ts';
import type { EarlierIncidents } from './earlier-incidents.ts';
import { fingerprintOf } from './fingerprint.ts';
import { byStart, byText, byWeight, rankOf } from './order.ts';
import { originOf } from './origin.ts';
import { placeOf } from './place.ts';
import { severityOf } from './severity.ts';
import { summaryOf } from './summary.ts';

/** An incident ends when so much time has passed after its last anomaly's end. */
const quietMs = 2 * 60_000;

/** An incident that goes on, or ended so shortly ago that it may open again. As JSON it is part of the saved state. */
export interface LiveIncident {
  readonly id: string;
  /** By start. */
  anomalies: readonly Anomaly[];
  /** It does not become less severe while it goes on. */
  severity: AnomalySeverity;
  /** As it was given out last; `null`: never. */
  given: Incident | null;
  /** As those who watch were told of it last. */
  told: Pick<Incident, 'severity' | 'services'> | null;
}

/** Eight hex digits, the same for the same first anomaly. */
export function openIncident(anomalies: readonly Anomaly[]): LiveIncident {
  const first = anomalies.toSorted(byStart)[0]!;
  const id = createHash('sha256').update(first.id).digest('hex').slice(0, 8);
  return { id, anomalies, severity: 'info', given: null, told: null };
}

export const startOf = ({ anomalies }: Pick<LiveIncident, 'anomalies'>): number =>
  Math.min(...anomalies.map(({ startMs }) => startMs));

/** `null` while one goes on. */
export function lastEnd(anomalies: readonly Anomaly[]): number | null {
  let last = 0;
  for (const { endMs } of anomalies) {
    if (endMs === null) return null;
    last = Math.max(last, endMs);
  }
  return last;
}

/** The anomalies with what matters of them here: state is saved every few minutes. */
export const cutCarriers = (anomaly: Anomaly): Anomaly =>
  anomaly.carriers.length <= limits.incidents.carriers
    ? anomaly
    : { ...anomaly, carriers: anomaly.carriers.slice(0, limits.incidents.carriers) };

/** What is known of it now. */
export function incidentNow(live: LiveIncident, graph: CallGraph, earlier: EarlierIncidents, nowMs: number): Incident {
  const { id, anomalies } = live;
  const origin = originOf(anomalies, graph);
  const endMs = lastEnd(anomalies);
  const startMs = startOf(live);
  const rank = Math.max(rankOf(live.severity), rankOf(severityOf(anomalies)));
  const fingerprint = fingerprintOf(anomalies, origin, earlier.rarity(id));
  return {
    id,
    startMs,
    endMs: endMs === null || nowMs - endMs < quietMs ? null : endMs,
    severity: anomalySeverities[rank] ?? 'info',
    services: [...new Set(anomalies.map(({ service }) => service))].filter((name) => name !== '').sort(byText),
    origin: origin.name,
    anomalyIds: anomalies.map((anomaly) => anomaly.id),
    summary: summaryOf(anomalies, origin),
    fingerprint,
    similar: earlier.similarTo({ id, startMs, fingerprint }),
    note: live.given?.note ?? '',
  };
}

/** What remains of an incident that turned out to be part of an older one: nothing that would be found or counted twice. */
export function mergedInto(live: LiveIncident, older: string, nowMs: number): Incident {
  const { id, anomalies } = live;
  const startMs = startOf(live);
  return {
    id,
    startMs,
    endMs: Math.max(startMs, lastEnd(anomalies) ?? nowMs),
    severity: live.severity,
    services: live.given?.services ?? [],
    origin: live.given?.origin ?? placeOf(anomalies.toSorted(byWeight)[0]!).name,
    anomalyIds: [],
    summary: `went into ${older}, which it turned out to be part of`,
    fingerprint: {},
    similar: [],
    note: live.given?.note ?? '',
  };
}
