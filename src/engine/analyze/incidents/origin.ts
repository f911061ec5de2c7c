import type { Anomaly } from '../../domain/anomaly.ts';
import type { CallGraph } from './call-graph.ts';
import { byText } from './order.ts';
import { type Place, placeKey, placeOf } from './place.ts';
import { isSilence } from './silence.ts';

/** Services that began within this of the first one began first: windows of a minute are seen later than those of 10 s. */
const firstMs = 60_000;

interface Began {
  readonly place: Place;
  startMs: number;
  score: number;
  /** None of its anomalies is more than missing traffic. */
  silent: boolean;
}

/**
 * Where an incident seems to come from: of the places that began first the one furthest down the calls, since a failure
 * travels from the called to the caller. Of several that do not reach each other, or call each other in a circle, the one
 * that most of the incident's services reach, then the earliest, then the highest score. A host only where no service
 * began with it. Who only has no calls any more is it only where all are silent.
 */
export function originOf(anomalies: readonly Anomaly[], graph: CallGraph): Place {
  const began = new Map<string, Began>();
  for (const anomaly of anomalies) {
    const place = placeOf(anomaly);
    const known = began.get(placeKey(place));
    if (known === undefined) {
      began.set(placeKey(place), {
        place,
        startMs: anomaly.startMs,
        score: anomaly.score,
        silent: isSilence(anomaly),
      });
    } else {
      known.startMs = Math.min(known.startMs, anomaly.startMs);
      known.score = Math.max(known.score, anomaly.score);
      known.silent &&= isSilence(anomaly);
    }
  }
  const all = [...began.values()];
  const heard = all.filter(({ silent }) => !silent);
  return originAmong(heard.length === 0 ? all : heard, all, graph);
}

function originAmong(candidates: readonly Began[], all: readonly Began[], graph: CallGraph): Place {
  const startMs = Math.min(...candidates.map((place) => place.startMs));
  const early = candidates.filter((place) => place.startMs - startMs <= firstMs);
  const services = early.filter(({ place }) => place.kind === 'service');
  if (services.length === 0) return best(early, () => 0);

  const reaches = (from: string, to: string): boolean => graph.below(from).has(to);
  // What it reaches and is not reached by lies further down.
  const lowest = services.filter(
    ({ place: { name } }) =>
      !services.some(({ place: other }) => reaches(name, other.name) && !reaches(other.name, name)),
  );
  return best(lowest, ({ name }) => all.filter(({ place }) => place.name !== name && reaches(place.name, name)).length);
}

function best(places: readonly Began[], reachedBy: (place: Place) => number): Place {
  const [first] = places
    .map((began) => ({ ...began, reached: reachedBy(began.place) }))
    .sort(
      (a, b) =>
        b.reached - a.reached || a.startMs - b.startMs || b.score - a.score || byText(a.place.name, b.place.name),
    );
  return first?.place ?? { kind: 'service', name: '' };
}
