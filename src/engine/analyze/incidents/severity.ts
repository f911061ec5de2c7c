import { anomalySeverities, type Anomaly, type AnomalySeverity } from '../../domain/anomaly.ts';
import { rankOf } from './order.ts';
import { placeKey, placeOf } from './place.ts';

/** So many places with the same trouble make it one step more severe. */
const broadPlaces = 3;

/** The worst of its anomalies; one step more where at least three services or hosts have it. */
export function severityOf(anomalies: readonly Anomaly[]): AnomalySeverity {
  const worst = Math.max(0, ...anomalies.map(({ severity }) => rankOf(severity)));
  const places = new Set(
    anomalies.filter(({ severity }) => rankOf(severity) === worst).map((anomaly) => placeKey(placeOf(anomaly))),
  );
  const rank = worst + (places.size >= broadPlaces ? 1 : 0);
  return anomalySeverities[Math.min(rank, anomalySeverities.length - 1)] ?? 'info';
}
