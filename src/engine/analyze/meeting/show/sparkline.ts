const bars = '▁▂▃▄▅▆▇█';

/** A bar for each value, the largest full; a blank for none. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(...values);
  return values
    .map((value) => (value <= 0 || most <= 0 ? ' ' : bars[Math.min(7, Math.floor((8 * value) / most))]))
    .join('');
}
