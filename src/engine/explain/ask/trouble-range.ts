import type { TimeRange } from '../question.ts';
import type { FoundTrouble } from './found.ts';

/** Windows are found to be out of the usual after they began; and what goes on is looked at no longer than this. */
const beforeMs = 20_000;
const mostMs = 30 * 60_000;

/** The time to ask about: from shortly before its start to its end, or up to now. */
export function troubleRange({ startMs, endMs }: FoundTrouble, nowMs: number): TimeRange {
  const fromMs = startMs - beforeMs;
  return { fromMs, toMs: Math.max(fromMs + 10_000, Math.min(endMs ?? nowMs, fromMs + mostMs)) };
}
