/** `1234567` → `1.23M`: three digits that count, at most five columns. */
export function compact(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  for (const [unit, sign] of units) {
    if (size >= unit * 0.9995) return digits(value / unit) + sign;
  }
  return Number.isInteger(value) ? String(value) : digits(value);
}

const units: readonly (readonly [number, string])[] = [
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
];

function digits(value: number): string {
  const size = Math.abs(value);
  if (size >= 99.95) return value.toFixed(0);
  if (size >= 9.995) return value.toFixed(1);
  return value.toFixed(2);
}

/** Events a second: `0.02/s`, `12.3/s`, `4.56k/s`; nothing at all is `0/s`. */
export function rate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.005) return '<0.01/s';
  if (perSecond === 0) return '0/s';
  return `${perSecond < 999.5 ? digits(perSecond) : compact(perSecond)}/s`;
}

/** A share as per cent; what is not nothing never reads as nothing. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return '–';
  if (share === 0) return '0%';
  const value = share * 100;
  if (value < 0.01) return '<0.01%';
  if (value < 9.995) return `${value.toFixed(2)}%`;
  if (value < 99.95) return `${value.toFixed(1)}%`;
  return `${value.toFixed(0)}%`;
}

/** A duration in nanoseconds: `840ns`, `12.3µs`, `45.6ms`, `1.23s`, `2m05s`, `3h07m`. */
export function duration(nanos: number): string {
  if (!Number.isFinite(nanos)) return '–';
  if (nanos === 0) return '0';
  if (nanos < 999.5) return `${nanos.toFixed(0)}ns`;
  if (nanos < 999.5e3) return `${digits(nanos / 1e3)}µs`;
  if (nanos < 999.5e6) return `${digits(nanos / 1e6)}ms`;
  if (nanos < 59.95e9) return `${digits(nanos / 1e9)}s`;
  const seconds = Math.round(nanos / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${pad(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${pad(Math.floor(seconds / 60) % 60)}m`;
}

/** Growth against a former value: `+12%`, `-3%`, `×4.2` from fourfold up; `new` where there was nothing before. */
export function change(now: number, before: number | null): string {
  if (before === null || before === 0) return now > 0 ? 'new' : '–';
  const ratio = now / before;
  if (ratio >= 4) return `×${digits(ratio)}`;
  const shift = Math.round((ratio - 1) * 100);
  if (shift === 0) return '=';
  return `${shift > 0 ? '+' : ''}${shift}%`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
