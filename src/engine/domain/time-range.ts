import { Effect } from 'effect';
import { BadInput } from './errors.ts';

const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
};

/** Reads a span of time such as `90s`, `1h30m` or `2d`, in milliseconds; `null` when it is none. */
export function parseDuration(text: string): number | null {
  const parts = [...text.trim().matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join('') !== text.trim()) return null;
  return parts.reduce((total, [, count, unit]) => total + Number(count) * (unitMs[unit ?? ''] ?? 0), 0);
}

/** Reads a point in time as people type it: `10m` (ago), an ISO 8601 date, or `now`. Milliseconds since 1970. */
export const parseMoment = Effect.fnUntraced(function* (
  text: string,
  nowUnixMs: number,
): Effect.fn.Return<number, BadInput> {
  if (text === 'now') return nowUnixMs;
  const ago = parseDuration(text);
  if (ago !== null) return nowUnixMs - ago;
  const moment = /^\d{4}-\d{2}-\d{2}/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  return yield* new BadInput({
    what: `Cannot read the time "${text}"`,
    why: 'it is neither a span such as 10m or 2h nor a date such as 2026-01-31T12:00:00Z',
    hint: '--since 15m',
  });
});
