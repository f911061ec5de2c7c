import type { Window } from '../onset.ts';
import type { Period } from '../sql.ts';
import type { Deviation } from './deviation.ts';
import { sum } from './sums.ts';

/** Counts of calls vary more than Poisson's: `spread` makes of a multiple and a number of calls what `score` is. */
const least = { usualWindows: 6, windows: 2, times: 3, score: 8, spread: 0.3 } as const;
/** Calls a second that stand for none. */
const none = 0.01;

/**
 * Calls a second that changed by a multiple from some window on up to the end of the asked time: a stop leaves windows
 * without rows, which count as such. Null where nothing changed that much.
 * @param usual windows right before, or of another time
 * @param asked windows of `period` in which it was called
 */
export function trafficChange(
  usual: readonly Window[],
  asked: readonly Window[],
  { fromSeconds, toSeconds }: Period,
  stepSeconds: number,
): Deviation | null {
  const [first, last] = [usual[0], usual.at(-1)];
  if (first === undefined || last === undefined || usual.length < least.usualWindows) return null;
  // What came before ends where the asked time begins; a usual time may also lie after it.
  const usualEnd = last.time + stepSeconds;
  const usualSeconds = (first.time < fromSeconds ? Math.min(fromSeconds, usualEnd) : usualEnd) - first.time;
  const usualCalls = sum(usual, ({ calls }) => calls);
  let best: Deviation | null = null;
  for (let start = fromSeconds; start <= toSeconds - least.windows * stepSeconds; start += stepSeconds) {
    const before =
      usualCalls +
      sum(
        asked.filter(({ time }) => time < start),
        ({ calls }) => calls,
      );
    const since = asked.filter(({ time }) => time >= start);
    const calls = sum(since, (window) => window.calls);
    const usually = before / (usualSeconds + start - fromSeconds);
    const now = calls / (toSeconds - start);
    const times = Math.max(now, none) / Math.max(usually, none);
    const score =
      Math.abs(Math.log(times)) * Math.sqrt(Math.max(usually, now) * (toSeconds - start) + 1) * least.spread;
    if ((times < least.times && times > 1 / least.times) || score < least.score || score <= (best?.score ?? 0))
      continue;
    best = {
      what: 'traffic',
      score,
      usual: usually,
      present: now,
      fromSeconds: start,
      toSeconds,
      usualFromSeconds: first.time,
      calls,
      failed: sum(since, ({ errors }) => errors),
      earliest: start - stepSeconds,
      latest: start + stepSeconds,
    };
  }
  return best;
}
