/**
 * VUS-PR, the volume under the precision-recall surface (Paparrizos et al., "Volume Under the Surface", VLDB 2022), in the
 * form that TSB-AD (NeurIPS 2024) reports: no point adjustment, every tolerance w = 0…L averaged, 250 thresholds.
 *
 * For a tolerance w each anomaly's labels fall off on both sides over ⌊w/2⌋ rows as √(1 − distance/w). With the rows
 * whose score reaches a threshold as the prediction:
 *   TP = Σ extended label over predicted rows, precision = TP / predicted rows,
 *   P' = (anomalous rows + (anomalous rows + Σ extended labels of predicted rows beside them)) / 2,
 *   recall = min(1, TP / P') · share of anomalies that were touched at all (anomalies whose tolerances meet are one).
 * The area is the sum of precision · Δrecall over falling thresholds.
 */

interface Segment {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
}

const thresholds = 250;

/**
 * @param labels one per row, anomalous where > 0
 * @param scores one per row, higher is more anomalous
 * @param maxTolerance L, in rows
 * @returns 0…1, or NaN where no row is anomalous
 */
export function vusPr(labels: Uint8Array, scores: Float64Array, maxTolerance: number): number {
  const anomalies = segmentsOf(labels);
  if (anomalies.length === 0) return Number.NaN;
  const { first, predicted } = predictions(scores);
  let volume = 0;
  for (let tolerance = 0; tolerance <= maxTolerance; tolerance++)
    volume += areaAt(tolerance, labels, anomalies, first, predicted);
  return volume / (maxTolerance + 1);
}

function segmentsOf(labels: Uint8Array): Segment[] {
  const found: Segment[] = [];
  for (let row = 0; row < labels.length; row++) {
    if (!(labels[row]! > 0)) continue;
    const start = row;
    while (row + 1 < labels.length && labels[row + 1]! > 0) row++;
    found.push({ start, end: row });
  }
  return found;
}

/** Per row the first threshold (0 = the strictest) that it reaches, and per threshold how many rows reach it. */
function predictions(scores: Float64Array): { readonly first: Uint8Array; readonly predicted: Float64Array } {
  const falling = scores.toSorted((a, b) => b - a);
  const levels = Float64Array.from(
    { length: thresholds },
    (_, k) =>
      // Truncated, as numpy's linspace(…).astype(int) does.
      falling[Math.trunc(k * ((scores.length - 1) / (thresholds - 1)))]!,
  );
  levels[thresholds - 1] = falling[scores.length - 1]!;
  const first = new Uint8Array(scores.length);
  const predicted = new Float64Array(thresholds);
  for (let row = 0; row < scores.length; row++) {
    let low = 0;
    let high = thresholds - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (scores[row]! >= levels[middle]!) high = middle;
      else low = middle + 1;
    }
    first[row] = low;
    predicted[low]!++;
  }
  for (let k = 1; k < thresholds; k++) predicted[k]! += predicted[k - 1]!;
  return { first, predicted };
}

function areaAt(
  tolerance: number,
  labels: Uint8Array,
  anomalies: readonly Segment[],
  first: Uint8Array,
  predicted: Float64Array,
): number {
  const inside = new Float64Array(thresholds);
  const beside = new Float64Array(thresholds);
  let anomalous = 0;
  for (const { start, end } of anomalies) {
    anomalous += end - start + 1;
    for (let row = start; row <= end; row++) inside[first[row]!]!++;
  }
  for (const [row, weight] of tolerated(tolerance, labels, anomalies)) beside[first[row]!]! += weight;
  const merged = mergedWithin(tolerance, anomalies, labels.length);
  const touched = new Float64Array(thresholds);
  for (const { start, end } of merged) touched[first.subarray(start, end + 1).reduce((a, b) => Math.min(a, b))]!++;

  let area = 0;
  let recallBefore = 0;
  let [hits, near, found] = [0, 0, 0];
  for (let k = 0; k < thresholds; k++) {
    hits += inside[k]!;
    near += beside[k]!;
    found += touched[k]!;
    const positives = anomalous + near / 2;
    const recall = Math.min(1, (hits + near) / positives) * (found / merged.length);
    area += (recall - recallBefore) * ((hits + near) / predicted[k]!);
    recallBefore = recall;
  }
  return area;
}

/** Rows beside the anomalies with their extended labels, which add up (to 1 at most) where two tolerances overlap. */
function tolerated(tolerance: number, labels: Uint8Array, anomalies: readonly Segment[]): Map<number, number> {
  const weights = new Map<number, number>();
  const reach = Math.floor(tolerance / 2);
  const add = (row: number, distance: number): void => {
    if (row < 0 || row >= labels.length || labels[row]! > 0) return;
    weights.set(row, Math.min(1, (weights.get(row) ?? 0) + Math.sqrt(1 - distance / tolerance)));
  };
  for (const { start, end } of anomalies) {
    for (let distance = 1; distance <= reach; distance++) {
      add(end + distance, distance);
      add(start - distance, distance);
    }
  }
  return weights;
}

function mergedWithin(tolerance: number, anomalies: readonly Segment[], rows: number): Segment[] {
  const reach = Math.floor(tolerance / 2);
  const merged: Segment[] = [];
  let start = Math.max(0, anomalies[0]!.start - reach);
  for (const [index, { end }] of anomalies.entries()) {
    const next = anomalies[index + 1];
    if (next !== undefined && end + reach >= next.start - reach) continue;
    merged.push({ start, end: Math.min(rows - 1, end + reach) });
    if (next !== undefined) start = next.start - reach;
  }
  return merged;
}
