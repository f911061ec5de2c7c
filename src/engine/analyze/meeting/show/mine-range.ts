import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import type { QueryClient } from '../../../store/query-client.ts';
import type { PatternRange } from '../changes/read-history.ts';
import { createMinuteMiner } from '../minute-miner.ts';
import type { PatternMinute, StoredPattern } from '../stored-pattern.ts';
import { trendParts, type ListedPattern } from './list-patterns.ts';

/**
 * Mines a range here and now, and keeps nothing: for a store whose patterns nobody has mined. At most
 * `limits.patterns.minesAtOnce` windows, each bounded as a minute is.
 */
export const mineRange = Effect.fnUntraced(function* (
  range: PatternRange,
): Effect.fn.Return<readonly ListedPattern[], QueryFailed | EngineUnavailable, QueryClient> {
  const miner = createMinuteMiner(null);
  const windows = Math.min(limits.patterns.minesAtOnce, Math.max(1, Math.ceil((range.toMs - range.fromMs) / 60_000)));
  const step = (range.toMs - range.fromMs) / windows;
  const patterns = new Map<string, StoredPattern>();
  const counts: PatternMinute[] = [];
  for (let at = 0; at < windows; at++) {
    const mined = yield* miner.mine(Math.round(range.fromMs + at * step), Math.round(range.fromMs + (at + 1) * step));
    for (const pattern of mined.patterns) patterns.set(keyOf(pattern), pattern);
    counts.push(...mined.counts);
  }
  return listed(patterns, counts, range);
});

const keyOf = ({ signal, service, id }: Pick<StoredPattern, 'signal' | 'service' | 'id'>): string =>
  [signal, service, id].join('\u0000');

function listed(
  patterns: ReadonlyMap<string, StoredPattern>,
  counts: readonly PatternMinute[],
  range: PatternRange,
): readonly ListedPattern[] {
  const found = new Map<string, ListedPattern & { trend: number[] }>();
  const medians = new Map<string, number[]>();
  for (const minute of counts) {
    const own = patterns.get(keyOf(minute));
    const pattern =
      own === undefined || own.mergedInto === '' ? own : patterns.get(keyOf({ ...own, id: own.mergedInto }));
    const isAsked =
      (range.service === undefined || range.service === minute.service) &&
      (range.signal === undefined || range.signal === minute.signal);
    if (pattern === undefined || !isAsked) continue;
    const key = keyOf(pattern);
    const { mergedInto: _, ...known } = pattern;
    const before = found.get(key) ?? { ...known, count: 0, errors: 0, p50: 0, p99: 0, trend: emptyTrend() };
    const part = Math.floor(((minute.timeMs - range.fromMs) / (range.toMs - range.fromMs)) * trendParts);
    before.trend[part] = (before.trend[part] ?? 0) + minute.count;
    const p50s = [...(medians.get(key) ?? []), minute.durationP50].toSorted((a, b) => a - b);
    medians.set(key, p50s);
    found.set(key, {
      ...before,
      count: before.count + minute.count,
      errors: before.errors + minute.errors,
      p50: p50s[Math.floor(p50s.length / 2)] ?? 0,
      p99: Math.max(before.p99, minute.durationP99),
    });
  }
  return [...found.values()].toSorted((a, b) => b.count - a.count || (a.id < b.id ? -1 : 1));
}

const emptyTrend = (): number[] => Array.from({ length: trendParts }, () => 0);
