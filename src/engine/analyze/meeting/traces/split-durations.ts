/**
 * The duration that best parts slow from fast: Otsu's threshold over the logarithms of quantiles (Otsu 1979), where the
 * slow are between 1 and 50 of 100.
 * @param quantiles durations at equal steps of probability, ascending
 */
export function splitDurations(quantiles: readonly number[]): number {
  const logs = quantiles.map((value) => Math.log(Math.max(value, 1e-6)));
  const total = logs.reduce((sum, value) => sum + value, 0);
  let best = -1;
  let split = Math.floor(quantiles.length / 2);
  let below = 0;
  for (let at = 0; at < logs.length - 1; at++) {
    below += logs[at] as number;
    const fast = at + 1;
    const slow = logs.length - fast;
    if (fast < logs.length / 2 || slow < logs.length / 100) continue;
    const distance = (total - below) / slow - below / fast;
    const between = fast * slow * distance * distance;
    if (between > best) {
      best = between;
      split = at;
    }
  }
  // Between the last fast one and the first slow one.
  return Math.sqrt((quantiles[split] as number) * (quantiles[split + 1] ?? (quantiles[split] as number)));
}
