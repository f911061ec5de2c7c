export type Zone = 'local' | 'utc';

/** `14:03:27`, or with milliseconds `14:03:27.041`. */
export function clock(atMs: number, zone: Zone, millis = false): string {
  const iso = isoIn(atMs, zone);
  return millis ? iso.slice(11, 23) : iso.slice(11, 19);
}

/** `11-23 14:03:27` for what may lie on another day. */
export function dayClock(atMs: number, zone: Zone): string {
  const iso = isoIn(atMs, zone);
  return `${iso.slice(5, 10)} ${iso.slice(11, 19)}`;
}

/** How long ago: `now`, `12s`, `4m`, `3h`, `2d`. What lies ahead (clocks differ) reads `+3s`. */
export function ago(atMs: number, nowMs: number): string {
  const seconds = Math.round((nowMs - atMs) / 1000);
  if (seconds < 0) return `+${span(-seconds)}`;
  return seconds === 0 ? 'now' : span(seconds);
}

/** How long something took or takes: `42s`, `12m`, `3h`, `2d`. */
export function lasting(ms: number): string {
  return span(Math.max(0, Math.round(ms / 1000)));
}

/** When something will be: `in 3h`, `now`, `2m ago`; `?` where that is not known. */
export function until(atMs: number | null, nowMs: number): string {
  if (atMs === null) return '?';
  const seconds = Math.round((atMs - nowMs) / 1000);
  if (seconds > 0) return `in ${span(seconds)}`;
  return seconds > -30 ? 'now' : `${span(-seconds)} ago`;
}

function span(seconds: number): string {
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}

/** A time range as it is typed: `90s`, `15m`, `6h`, `2d`. */
export function rangeText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds % 86_400 === 0) return `${seconds / 86_400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  if (seconds % 60 === 0) return `${seconds / 60}m`;
  return `${seconds}s`;
}

function isoIn(atMs: number, zone: Zone): string {
  if (!Number.isFinite(atMs)) return '????-??-??T??:??:??.???Z';
  const shift = zone === 'utc' ? 0 : new Date(atMs).getTimezoneOffset() * 60_000;
  return new Date(atMs - shift).toISOString();
}
