/** "2026-01-31 23:59:59", UTC. */
export const utcTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

/** "2026-01-31", UTC. */
export const utcDay = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** "01-31 23:59:59", UTC: for tables. */
export const shortTime = (ms: number): string => utcTime(ms).slice(5);

/** "14:02", or "01-31 14:02" of another day; UTC. */
export const clockTime = (ms: number, nowMs: number): string =>
  utcDay(ms) === utcDay(nowMs) ? utcTime(ms).slice(11, 16) : utcTime(ms).slice(5, 16);

/** The two largest units: "45s", "2m 10s", "3h 5m", "2d 4h". */
export function lasted(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [days, hours, minutes] = [
    Math.floor(seconds / 86_400),
    Math.floor(seconds / 3600) % 24,
    Math.floor(seconds / 60) % 60,
  ];
  if (days > 0) return `${days}d ${hours}h`;
  if (hours > 0) return `${hours}h ${minutes}m`;
  return minutes > 0 ? `${minutes}m ${seconds % 60}s` : `${seconds}s`;
}
