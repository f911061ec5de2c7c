import type { UnusualValue } from '../logs/parameters.ts';
import type { Compared, PatternHistory, PatternRange } from './read-history.ts';
import { historyOf, surpriseOfChiSquared, surpriseOfComing, surpriseOfCount, type CountHistory } from './surprise.ts';

export const changeKinds = ['new', 'vanished', 'rate', 'errors', 'duration', 'parameter'] as const;
export type ChangeKind = (typeof changeKinds)[number];

export interface FoundChange {
  readonly kind: ChangeKind;
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly id: string;
  readonly text: string;
  readonly severity: string;
  /** Lines or traces in the range, or errors among them, or milliseconds. */
  readonly value: number;
  /** What the same was before, in as long a time. */
  readonly usual: number;
  /** Minutes at the range's end that this is of: the part of it in which the change shows most. */
  readonly minutes: number;
  /** −log10 of the probability that this comes by chance in a range as long as this one. */
  readonly surprise: number;
  /** A line, or a trace id. */
  readonly example: string;
  /** Of a parameter. */
  readonly parameter?: UnusualValue;
  /** First seen, and start of the last minute with any. */
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Before so many minutes were mined, nothing is known to be usual. */
const leastMinutes = 10;
/** A change is told if the same would come by chance in one of a hundred looks at all patterns. */
const leastSurprise = 2;
/** Of the history: until then most of what there is comes for the first time. */
const settling = 0.2;

/** Least change by kind that is worth telling, whatever its probability. */
const least = { rate: 1.5, errors: 2, duration: 1.3 } as const;
const fewestErrors = 3;
/** Durations are never steadier than this, as logarithms; and twelve digits of surprise say no more than ten. */
const durationSpread = 0.05;
const mostDurationSurprise = 10;

export function changesOf(compared: Compared, { fromMs }: PatternRange): readonly FoundChange[] {
  const { toMs, pastMinutes, minutes, patterns, stretches, share, historyFromMs } = compared;
  if (pastMinutes < leastMinutes || minutes === 0) return [];
  const historyMs = (fromMs - historyFromMs) * (1 - settling);
  const settledMs = fromMs - historyMs;
  const came = new Map<string, number>();
  for (const { signal, service, firstMs } of patterns) {
    if (firstMs < settledMs || firstMs >= fromMs) continue;
    came.set(signal + service, (came.get(signal + service) ?? 0) + 1);
  }
  const rangeMs = toMs - fromMs;
  const manyTimes = Math.log10(Math.max(1, patterns.length));
  const found: FoundChange[] = [];
  for (const pattern of patterns) {
    const expected = expectedOf(pattern, stretches, share);
    const add = (kind: ChangeKind, value: number, usual: number, surprise: number, extra: object = {}): void => {
      const { signal, service, id, text, severity, example, firstMs, lastMs } = pattern;
      found.push({
        kind,
        signal,
        service,
        id,
        text,
        severity,
        value,
        usual,
        minutes: rangeMs / 60_000,
        surprise,
        example,
        firstMs,
        lastMs,
        ...extra,
      });
    };
    if (pattern.past === 0) {
      if (pattern.firstMs < fromMs || pattern.count === 0) continue;
      add(
        'new',
        pattern.count,
        0,
        surpriseOfComing(came.get(pattern.signal + pattern.service) ?? 0, historyMs, toMs - fromMs),
      );
      continue;
    }
    const isTold = (surprise: number): boolean => surprise - manyTimes >= leastSurprise;
    const rate = rateOf(pattern, expected, rangeMs);
    if (isTold(rate.surprise) && isFar(rate.count, rate.usual, least.rate)) {
      const isRecent = pattern.lastMs >= fromMs - Math.max(300_000, rangeMs / 2);
      const part = { minutes: rate.minutes };
      if (rate.count > 0) add('rate', rate.count, rate.usual, rate.surprise, part);
      else if (isRecent) add('vanished', 0, rate.usual, rate.surprise, part);
    }
    if (pattern.signal === 'traces') {
      const failed = errorsOf(pattern);
      if (isTold(failed.surprise)) add('errors', pattern.errors, failed.usual, failed.surprise);
      const slow = durationOf(pattern);
      if (isTold(slow)) add('duration', pattern.p50, Math.exp(pattern.pastLogP50), slow);
    }
    for (const parameter of unusualOf(pattern))
      add('parameter', pattern.count, expected.mean, parameter.surprise, { parameter });
  }
  return found;
}

/** The history of stretches as long as the part of the range that was mined. */
function expectedOf({ past, squares }: PatternHistory, stretches: number, share: number): CountHistory {
  const { mean, spread } = historyOf(Math.max(stretches, 0.1), past, squares);
  return { mean: mean * share, spread };
}

/** Parts of the range, from its end; those of a short range would be minutes of which too little is known. */
const parts = [
  ['count', 1],
  ['half', 0.5],
  ['quarter', 0.25],
] as const;
const leastPartMs = 2 * 60_000;

/** The count of the part of the range that is least like what was before. */
function rateOf(
  pattern: PatternHistory,
  { mean, spread }: CountHistory,
  rangeMs: number,
): { count: number; usual: number; minutes: number; surprise: number } {
  const judged = parts
    .filter(([, part]) => part === 1 || part * rangeMs >= leastPartMs)
    .map(([name, part]) => {
      const usual = mean * part;
      const surprise = surpriseOfCount(pattern[name], { mean: usual, spread });
      return { count: pattern[name], usual, minutes: (part * rangeMs) / 60_000, surprise };
    });
  const most = judged.reduce((best, one) => (one.surprise > best.surprise ? one : best));
  return { ...most, surprise: Math.max(0, most.surprise - Math.log10(judged.length)) };
}

const isFar = (value: number, usual: number, factor: number): boolean =>
  value > usual * factor || value < usual / factor;

function errorsOf({ errors, count, pastErrors, past }: PatternHistory): { usual: number; surprise: number } {
  const usual = (count * (pastErrors + 0.5)) / (past + 1);
  if (errors < fewestErrors || errors < least.errors * usual) return { usual, surprise: 0 };
  return { usual, surprise: surpriseOfCount(errors, { mean: usual, spread: 2 + 0.04 * usual }) };
}

function durationOf({ p50, pastMinutes, pastLogP50, pastLogSpread }: PatternHistory): number {
  if (p50 <= 0 || pastMinutes < leastMinutes || !isFar(p50, Math.exp(pastLogP50), least.duration)) return 0;
  const z = (Math.log(p50) - pastLogP50) / Math.max(durationSpread, 1.4826 * pastLogSpread);
  return Math.min(mostDurationSurprise, surpriseOfChiSquared(z * z));
}

/** The most surprising value of each parameter. */
function unusualOf({ unusual }: PatternHistory): readonly UnusualValue[] {
  const byParameter = new Map<number, UnusualValue>();
  for (const value of unusual.flatMap((json) => JSON.parse(json) as UnusualValue[])) {
    const before = byParameter.get(value.parameter);
    if (before === undefined || value.surprise > before.surprise) byParameter.set(value.parameter, value);
  }
  return [...byParameter.values()];
}
