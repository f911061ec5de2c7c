import type { Anomaly, AnomalyCarrier, Incident } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import { directionOf } from './directions.ts';
import { featureClass, isLoad, isSymptom } from './feature-class.ts';
import { byText } from './order.ts';
import { type Place, placeKey, placeOf } from './place.ts';

export type Fingerprint = Incident['fingerprint'];

/** What faults have in common counts less than what tells them apart: docs/incidents.md has the reasons. */
const weights = { symptom: 0.6, load: 0.2, cause: 1.5, operation: 0.7, detector: 0.2, elsewhere: 0.4 };

/**
 * What was out of the usual, where and in which direction, with weights whose squares sum to 1. Sizes of deviations are
 * not in it: the same fault under another load is the same fault.
 * @param rarity what a feature weighs by how few earlier incidents had it
 */
export function fingerprintOf(
  anomalies: readonly Anomaly[],
  origin: Place,
  rarity: (feature: string) => number,
): Fingerprint {
  const raw = new Map<string, number>();
  const add = (feature: string, weight: number): void => void raw.set(feature, Math.max(weight, raw.get(feature) ?? 0));
  for (const anomaly of anomalies) {
    const place = placeOf(anomaly);
    const near = placeKey(place) === placeKey(origin) ? 1 : weights.elsewhere;
    const most = Math.max(...anomaly.carriers.map(({ share }) => share), 1e-9);
    for (const carrier of anomaly.carriers) {
      // A share says more of what was measured finely than of what mattered: even the least counts.
      const part = near * (0.4 + (0.6 * Math.max(0, carrier.share)) / most);
      for (const [feature, weight] of featuresOf(place, carrier)) add(feature, part * weight);
    }
    for (const detector of anomaly.detectors) add(`${place.name} by ${detector}`, near * weights.detector);
  }
  const weighed = [...raw].map(([feature, weight]): [string, number] => [feature, weight * rarity(feature)]);
  return unitLength(
    weighed.sort((a, b) => b[1] - a[1] || byText(a[0], b[0])).slice(0, limits.incidents.fingerprintFeatures),
  );
}

function featuresOf(place: Place, carrier: AnomalyCarrier): readonly (readonly [feature: string, weight: number])[] {
  const name = featureClass(carrier);
  const weight = isLoad(name) ? weights.load : isSymptom(name) ? weights.symptom : weights.cause;
  const what = `${name} ${directionOf(carrier)}`;
  // The fault of one host is known again on another.
  if (carrier.kind === 'host') return [[`host ${what}`, weight]];
  if (carrier.kind === 'edge') return [[`${place.name} to ${carrier.subject} ${what}`, weight]];
  if (carrier.kind === 'operation') {
    return [
      [`${place.name} ${what}`, weight],
      [`${place.name} ${carrier.subject} ${what}`, weight * weights.operation],
    ];
  }
  return [[`${place.name} ${what}`, weight]];
}

function unitLength(features: readonly (readonly [string, number])[]): Fingerprint {
  const length = Math.hypot(...features.map(([, weight]) => weight));
  return length === 0
    ? {}
    : Object.fromEntries(features.map(([feature, weight]) => [feature, Math.round((weight / length) * 1e6) / 1e6]));
}
