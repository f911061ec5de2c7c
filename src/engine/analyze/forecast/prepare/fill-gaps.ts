/**
 * The series without its gaps: a missing value becomes the line between its neighbours, plus how the same place in the
 * nearest season differed from the line between the neighbours there. Gaps at the start are cut off; at the end the
 * level goes on as it was. Undefined without a single finite value. Infinities count as missing.
 */
export function fillGaps(values: Float64Array): Float64Array | undefined {
  const start = values.findIndex(Number.isFinite);
  if (start < 0) return undefined;
  const filled = values.slice(start);
  let last = 0;
  for (let i = 1; i < filled.length; i++) {
    if (!Number.isFinite(filled[i]!)) continue;
    bridge(filled, last, i);
    last = i;
  }
  return filled.fill(filled[last]!, last);
}

/** Once the period is known: gaps again, with the season's shape. `filled` is changed where `values` has nothing. */
export function fillWithSeason(filled: Float64Array, values: Float64Array, period: number): void {
  const from = values.length - filled.length;
  const isMissing = (i: number): boolean => !Number.isFinite(values[from + i]!);
  for (let i = 0; i < filled.length; i++) {
    if (!isMissing(i)) continue;
    let end = i;
    while (end < filled.length && isMissing(end)) end++;
    fillOne(filled, i, end, period, isMissing);
    i = end;
  }
}

/** The gap [start, end): from a whole season before, which is whole by now, else from the one after. */
function fillOne(
  filled: Float64Array,
  start: number,
  end: number,
  period: number,
  isMissing: (index: number) => boolean,
): void {
  const length = end - start;
  const seasons = Math.ceil((length + 1) / period) * period;
  const shift = start - 1 - seasons >= 0 ? -seasons : seasons;
  const left = start - 1;
  const right = Math.min(end, filled.length - 1);
  if (left < 0 || right + shift >= filled.length || left + shift < 0) return;
  // Values after the gap serve only when they were really seen.
  if (shift > 0 && Array.from({ length: end - start }, (_, i) => start + i + shift).some(isMissing)) return;
  const open = end === filled.length;
  const offsetLeft = filled[left]! - filled[left + shift]!;
  const offsetRight = open ? offsetLeft : filled[right]! - filled[right + shift]!;
  for (let i = start; i < end; i++) {
    const share = (i - left) / (end - left);
    filled[i] = filled[i + shift]! + offsetLeft * (1 - share) + offsetRight * share;
  }
}

function bridge(values: Float64Array, left: number, right: number): void {
  for (let i = left + 1; i < right; i++) {
    values[i] = values[left]! + ((values[right]! - values[left]!) * (i - left)) / (right - left);
  }
}
