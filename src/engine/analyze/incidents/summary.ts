import type { Anomaly } from '../../domain/anomaly.ts';
import { byText, byWeight } from './order.ts';
import { type Place, placeKey, placeOf } from './place.ts';

const named = 3;

/** One sentence: what happened where it began, and who has it too, in order of when they began. */
export function summaryOf(anomalies: readonly Anomaly[], origin: Place): string {
  const worst = anomalies.filter((anomaly) => placeKey(placeOf(anomaly)) === placeKey(origin)).toSorted(byWeight)[0];
  const starts = new Map<string, { readonly name: string; startMs: number }>();
  for (const anomaly of anomalies) {
    const place = placeOf(anomaly);
    if (placeKey(place) === placeKey(origin)) continue;
    const known = starts.get(placeKey(place));
    const startMs = Math.min(anomaly.startMs, known?.startMs ?? anomaly.startMs);
    starts.set(placeKey(place), { name: place.name, startMs });
  }
  const others = [...starts.values()].sort((a, b) => a.startMs - b.startMs || byText(a.name, b.name));
  const words = worst?.carriers[0]?.words ?? worst?.summary ?? 'out of the usual';
  const also = others.length === 0 ? '' : `; also in ${listed(others.map(({ name }) => name))}`;
  return `${origin.name}: ${words}${also}`;
}

/** "checkout, frontend and 3 more". */
function listed(names: readonly string[]): string {
  const shown = names.length <= named + 1 ? names : [...names.slice(0, named), `${names.length - named} more`];
  return shown.length === 1 ? (shown[0] ?? '') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
