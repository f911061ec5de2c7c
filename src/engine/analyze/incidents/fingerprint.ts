import type { Anomaly, AnomalyCarrier, Incident } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import { directionOf } from './directions.ts';
import { featureClass, isLoad, isSymptom } from './feature-class.ts';
import { byText } from './order.ts';
import { type Place, placeKey, placeOf } from './place.ts';

/** What is kept of an earlier incident to know it again. */
export interface IncidentHistory {
  readonly id: string;
  readonly startMs: number;
  readonly fingerprint: Readonly<Record<string, number>>;
  readonly note: string;
}

export type Fingerprint = Incident['fingerprint'];

/** What faults have in common counts less than what tells them apart: docs/incidents.md has the reasons. */
const weights = { symptom: 0.6, load: 0.2, cause: 1.5, operation: 0.7, detector: 0.2, elsewhere: 0.4 };

/** Cosine from which on two incidents are alike. */
const alike = 0.6;
const mostSimilar = 3;

/**
 * What was out of the usual, where and in which direction, with weights whose squares sum to 1. Sizes of deviations are
 * not in it: the same fault under another load is the same fault.
 */
export function fingerprintOf(
  anomalies: readonly Anomaly[],
  origin: Place,
  history: readonly IncidentHistory[],
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
  const rarity = rarityAmong(history);
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

/** Inverse document frequency: 1 for what every incident had, more for what few had. */
function rarityAmong(history: readonly IncidentHistory[]): (feature: string) => number {
  const counts = new Map<string, number>();
  for (const { fingerprint } of history) {
    for (const feature of Object.keys(fingerprint)) counts.set(feature, (counts.get(feature) ?? 0) + 1);
  }
  return (feature) => 1 + Math.log((1 + history.length) / (1 + (counts.get(feature) ?? 0)));
}

function unitLength(features: readonly (readonly [string, number])[]): Fingerprint {
  const length = Math.hypot(...features.map(([, weight]) => weight));
  return length === 0
    ? {}
    : Object.fromEntries(features.map(([feature, weight]) => [feature, Math.round((weight / length) * 1e6) / 1e6]));
}

/** Cosine of two fingerprints of length 1: 1 for the same, 0 for nothing in common. */
export function likenessOf(a: Fingerprint, b: Fingerprint): number {
  let sum = 0;
  for (const [feature, weight] of Object.entries(a)) {
    if (Object.hasOwn(b, feature)) sum += weight * (b[feature] ?? 0);
  }
  return Math.min(1, sum);
}

/** The most alike earlier incidents, at most three, those as alike by how new they are. */
export function similarTo(
  { id, startMs, fingerprint }: Pick<Incident, 'id' | 'startMs' | 'fingerprint'>,
  history: readonly IncidentHistory[],
): Incident['similar'] {
  return history
    .filter((earlier) => earlier.startMs < startMs && earlier.id !== id)
    .map((earlier) => ({
      id: earlier.id,
      startMs: earlier.startMs,
      likeness: Math.round(likenessOf(fingerprint, earlier.fingerprint) * 1000) / 1000,
      note: earlier.note,
    }))
    .filter(({ likeness }) => likeness >= alike)
    .sort((a, b) => b.likeness - a.likeness || b.startMs - a.startMs || byText(a.id, b.id))
    .slice(0, mostSimilar);
}
