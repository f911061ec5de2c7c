import type { Tone } from '../theme.ts';
import type { Line, Segment } from './text.ts';

const bars = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Brings a series to `width` values by joining neighbours: `sum` for counts, `max` for latencies. */
export function resample(values: readonly number[], width: number, how: 'sum' | 'max'): number[] {
  if (width <= 0) return [];
  const result: number[] = [];
  const size = values.length;
  for (let i = 0; i < Math.min(width, size); i++) {
    const from = Math.floor((i * size) / Math.min(width, size));
    const to = Math.floor(((i + 1) * size) / Math.min(width, size));
    const part = values.slice(from, to);
    result.push(how === 'sum' ? part.reduce((a, b) => a + b, 0) / part.length : Math.max(...part));
  }
  return result;
}

/** One bar a value, from zero to the highest; a blank where there was nothing. */
export function sparkline(values: readonly number[]): string {
  const top = Math.max(0, ...values);
  return values.map((v) => bar(v, top)).join('');
}

/**
 * A sparkline of `width` columns, newest on the right, whose bars take the tone of what happened in them.
 * @param toneOf gets the index of the column among those that `values` were brought to
 */
export function tonedSparkline(
  values: readonly number[],
  width: number,
  toneOf: (column: number, columns: number) => Tone,
): Line {
  const shown = resample(values, width, 'sum');
  const top = Math.max(0, ...shown);
  const line: Segment[] = [];
  const pad = width - shown.length;
  if (pad > 0) line.push({ text: ' '.repeat(pad), tone: 'muted' });
  for (const [column, value] of shown.entries()) {
    const tone = toneOf(column, shown.length);
    const last = line.at(-1);
    const text = bar(value, top);
    if (last !== undefined && last.tone === tone) line[line.length - 1] = { text: last.text + text, tone };
    else line.push({ text, tone });
  }
  return line;
}

/** A value as a bar, the highest of which is `top`. */
export function bar(value: number, top: number): string {
  if (value <= 0 || top <= 0) return ' ';
  return bars[Math.min(bars.length - 1, Math.floor((value / top) * bars.length))] ?? '█';
}
