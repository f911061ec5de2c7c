import type { Incident } from '../../domain/anomaly.ts';
import type { Fingerprint } from './fingerprint.ts';
import { byText } from './order.ts';

/** What is kept of an earlier incident to know it again. */
export interface IncidentHistory {
  readonly id: string;
  readonly startMs: number;
  readonly fingerprint: Fingerprint;
  readonly note: string;
}

/** Earlier incidents by what was out of the usual in them. */
export interface EarlierIncidents {
  /** Inverse document frequency: 1 for what every incident had, more for what few had. @param id not counted */
  rarity(id: string): (feature: string) => number;
  /** The most alike that began before, at most three; those as alike by how new they are. */
  similarTo(incident: Pick<Incident, 'id' | 'startMs' | 'fingerprint'>): Incident['similar'];
  noteOf(id: string): string | undefined;
}

/** Cosine from which on two incidents are alike. */
const alike = 0.6;
const mostSimilar = 3;

export function earlierIncidents(history: readonly IncidentHistory[]): EarlierIncidents {
  const byFeature = new Map<string, { readonly index: number; readonly weight: number }[]>();
  const byId = new Map<string, IncidentHistory>();
  for (const [index, earlier] of history.entries()) {
    byId.set(earlier.id, earlier);
    for (const [feature, weight] of Object.entries(earlier.fingerprint)) {
      const having = byFeature.get(feature);
      if (having === undefined) byFeature.set(feature, [{ index, weight }]);
      else having.push({ index, weight });
    }
  }

  /** Cosines with all of them: fingerprints have length 1. */
  const likenesses = (fingerprint: Fingerprint): Float64Array => {
    const sums = new Float64Array(history.length);
    for (const [feature, weight] of Object.entries(fingerprint)) {
      for (const having of byFeature.get(feature) ?? []) sums[having.index]! += weight * having.weight;
    }
    return sums;
  };

  return {
    rarity(id) {
      const own = byId.get(id);
      const count = history.length - (own === undefined ? 0 : 1);
      return (feature) => {
        const isOwn = own !== undefined && Object.hasOwn(own.fingerprint, feature);
        const having = (byFeature.get(feature)?.length ?? 0) - (isOwn ? 1 : 0);
        return 1 + Math.log((1 + count) / (1 + having));
      };
    },
    similarTo({ id, startMs, fingerprint }) {
      const sums = likenesses(fingerprint);
      return history
        .map((earlier, index) => ({ earlier, likeness: Math.min(1, Math.round(sums[index]! * 1000) / 1000) }))
        .filter(({ earlier, likeness }) => likeness >= alike && earlier.startMs < startMs && earlier.id !== id)
        .sort(
          (a, b) =>
            b.likeness - a.likeness || b.earlier.startMs - a.earlier.startMs || byText(a.earlier.id, b.earlier.id),
        )
        .slice(0, mostSimilar)
        .map(({ earlier, likeness }) => ({
          id: earlier.id,
          startMs: earlier.startMs,
          likeness,
          note: earlier.note,
        }));
    },
    noteOf: (id) => byId.get(id)?.note,
  };
}
