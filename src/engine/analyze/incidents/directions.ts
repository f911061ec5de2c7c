import type { Anomaly, AnomalyCarrier } from '../../domain/anomaly.ts';
import { featureClass } from './feature-class.ts';

export const directionOf = ({ value, usual }: AnomalyCarrier): 'up' | 'down' => (value >= usual ? 'up' : 'down');

/** What the most telling series of an anomaly does, to know when the same comes back: "latency up". */
export function mainSymptom({ carriers }: Anomaly): string {
  const first = carriers[0];
  return first === undefined ? '' : `${first.kind} ${featureClass(first)} ${directionOf(first)}`;
}
