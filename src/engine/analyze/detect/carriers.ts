import type { AnomalyCarrier, SeriesName } from '../../domain/anomaly.ts';
import { deviationOf, sinceWindow } from './deviation.ts';
import { mostCarriers } from './headline.ts';
import { sameSeries } from './identity.ts';
import { rankOf } from './rank.ts';
import { at, stride, windowMs } from './layout.ts';
import type { Scope } from './scope.ts';
import { wordsOf } from './words.ts';

export interface Carried {
  /** The most telling first, but for the very first: its rank is the highest (rank.ts). */
  readonly carriers: readonly AnomalyCarrier[];
  /** In their order: what part of the service's calls an operation has, as far as it is known; else 1. */
  readonly ofCalls: readonly number[];
  /** The strongest first. */
  readonly detectors: readonly string[];
  /** In the order of the carriers: the first window of what each says. */
  readonly sinces: readonly number[];
  /** The first window of what the strongest carriers say, at most one before that of the first carrier. */
  readonly since: number;
}

/**
 * What carries the newest window of a scope.
 *
 * @param notBefore a window; nothing began earlier
 * @param told what was told of before, and since which window
 */
export function carriersOf(
  scope: Scope,
  notBefore: number,
  told?: { readonly series: SeriesName; readonly since: number },
): Carried {
  const ordered = headlineFirst(scope);
  let sum = 0;
  for (const place of ordered) sum += scope.surprises[place]!;
  const calls = callsOfService(scope);
  const ofCalls: number[] = [];
  const sinces: number[] = [];
  const strength = new Map<string, number>();
  let since = scope.window;
  const strongest = Math.max(0, ...ordered.map((place) => scope.surprises[place]!));
  const carriers = ordered.slice(0, mostCarriers).map((place): AnomalyCarrier => {
    const series = scope.scored[place]!;
    const surprise = scope.surprises[place]!;
    const { detector, ...deviation } = deviationOf(series);
    strength.set(detector, Math.max(strength.get(detector) ?? 0, surprise));
    let began = Math.max(notBefore, Math.min(scope.window, sinceWindow(series, scope.window)));
    if (told !== undefined && sameSeries(told.series, series.name)) began = Math.min(began, told.since);
    sinces.push(began);
    // A weak carrier may have been a little off for long, for another reason.
    if (surprise >= strongest / 2) since = Math.min(since, began);
    const own = series.page.numbers[series.index * stride + at.calls]!;
    ofCalls.push(series.name.kind === 'operation' && calls > 0 ? Math.min(1, own / calls) : 1);
    const vote = scope.votes.find(({ family }) => `model ${family}` === series.name.feature);
    const words = wordsOf({
      series: series.name,
      value: deviation.value,
      usual: deviation.usual,
      sinceMs: began * windowMs,
      detector,
      calls: own,
      together: vote?.carriers ?? [],
    });
    return { ...series.name, ...deviation, share: Math.round((1000 * surprise) / sum) / 1000, words };
  });
  const detectors = [...strength].toSorted((a, b) => b[1] - a[1]).map(([name]) => name);
  // Start and summary are of the same thing.
  since = Math.max(since, (sinces[0] ?? since) - 1);
  return { carriers, ofCalls, detectors, sinces, since };
}

/** In the newest window, as far as a series of the service itself says so. */
function callsOfService({ scored }: Scope): number {
  const series = scored.find(({ name }) => name.kind === 'service' && name.feature === 'calls');
  return series === undefined ? 0 : series.page.numbers[series.index * stride + at.calls]!;
}

/** Less than this, after what is due to there being several of its group, may be chance beside what really carries. */
const outByItself = 2.5;

/** Places of what carries, the strongest first; but the first is the strongest of the highest rank that is out by itself. */
function headlineFirst({ carrying, surprises, scored, all }: Scope): number[] {
  const ordered = carrying.toSorted((a, b) => surprises[b]! - surprises[a]! || a - b);
  const ranks = ordered.map((place, position) => {
    const { name, watched } = scored[place]!;
    const isOut = surprises[place]! - Math.log10(all.counts[watched.group]!) >= outByItself;
    return isOut || position === 0 ? rankOf(name) : -1;
  });
  const first = ordered.splice(ranks.indexOf(Math.max(...ranks)), 1);
  return [...first, ...ordered];
}
