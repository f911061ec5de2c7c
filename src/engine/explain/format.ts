import { printable } from '../domain/printable.ts';

/** Milliseconds as people read them: 850 µs, 4.2 ms, 318 ms, 2.21 s, 3 min 5 s. */
export function durationText(ms: number): string {
  if (ms < 0) return `-${durationText(-ms)}`;
  if (ms < 0.9995) return ms === 0 ? '0 ms' : `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 9.95) return `${trim(ms, 1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_995) return `${trim(ms / 1000, ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
  return minutes % 60 === 0 ? `${Math.floor(minutes / 60)} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const percentText = (percent: number): string =>
  percent > 0 && percent < 1 ? 'under 1 %' : `${Math.round(percent)} %`;

export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  return `${value >= 10 || unit === 0 ? Math.round(value) : trim(value, 1)} ${units[unit]}`;
}

export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** Nobody reads more of a name in a sentence; whole it stands in `--json`. */
const longest = 120;

/** A name or message from outside, on one line, safe on a terminal, and not too long for a sentence. */
export function quoted(text: string): string {
  const whole = printable(text);
  return `"${whole.length <= longest ? whole : `${[...whole].slice(0, longest - 1).join('')}…`}"`;
}

const trim = (value: number, digits: number): string => String(Number(value.toFixed(digits)));
