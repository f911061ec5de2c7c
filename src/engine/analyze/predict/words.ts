const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** "12 s", "10 min", "3 h 20 min", "2.5 d": two units at most. */
export function spanText(ms: number): string {
  const size = Math.abs(ms);
  if (size < minute) return `${Math.round(size / second)} s`;
  if (size < hour) return `${Math.round(size / minute)} min`;
  // A day and a half is 36 hours.
  if (size < 2 * day) {
    const minutes = Math.round(size / minute);
    const rest = size < 10 * hour ? minutes % 60 : 0;
    return rest === 0 ? `${Math.round(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
  }
  return `${Number((size / day).toFixed(size < 10 * day ? 1 : 0))} d`;
}

/** "in 3 h 20 min", "now", or a dash for never. */
export function whenText(unixMs: number | null, nowMs: number): string {
  if (unixMs === null) return '–';
  if (unixMs <= nowMs) return 'now';
  return `in ${spanText(unixMs - nowMs)}`;
}

/** "2026-11-28 14:02". UTC. */
export function momentText(unixMs: number): string {
  return new Date(unixMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** "93 %", and never 100 % of what is not sure. */
export function percentText(share: number, digits = 0): string {
  const text = (100 * share).toFixed(digits);
  return `${share < 1 && Number(text) >= 100 ? (100 - 10 ** -digits).toFixed(digits) : text} %`;
}
