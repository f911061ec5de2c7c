/** Two series that move together beyond what all others explain. */
export interface Pair {
  readonly first: number;
  readonly second: number;
  /** −1 to 1. */
  readonly partial: number;
}

/** Added to the diagonal: series that say the same must not make the matrix singular. */
const ridge = 0.01;

/**
 * Pairs whose partial correlation (of ranks, all other series held) is not chance: Fisher's z, and of all pairs tested no
 * more than `falseShare` are expected to be chance (Benjamini and Hochberg 1995).
 * @param series of one length; NaN where there is no value, which says nothing
 */
export function movingTogether(series: readonly Float64Array[], falseShare: number): Pair[] {
  const ranks = series.map(standardRanks);
  const rows = series[0]?.length ?? 0;
  const freedom = rows - series.length - 1;
  if (series.length < 2 || freedom < 1) return [];
  const precision = inverse(
    ranks.map((first, at) => Float64Array.from(ranks, (second, to) => (at === to ? 1 + ridge : dot(first, second)))),
  );
  const pairs = series.flatMap((_, first) =>
    series.slice(first + 1).map((__, next) => {
      const second = first + 1 + next;
      const partial = -precision[first]![second]! / Math.sqrt(precision[first]![first]! * precision[second]![second]!);
      const z = Math.sqrt(freedom) * Math.atanh(Math.min(1 - 1e-9, Math.abs(partial)));
      return { first, second, partial, chance: 2 * normalTail(z) };
    }),
  );
  const sorted = pairs.map(({ chance }) => chance).sort((a, b) => a - b);
  const most = sorted.findLast((chance, at) => chance <= (falseShare * (at + 1)) / sorted.length) ?? -1;
  return pairs.filter(({ chance }) => chance <= most).map(({ first, second, partial }) => ({ first, second, partial }));
}

/** Ranks with mean 0 and length 1, ties sharing theirs; 0 where there is no value. */
function standardRanks(values: Float64Array): Float64Array {
  const order = [...values.keys()]
    .filter((row) => Number.isFinite(values[row]!))
    .sort((a, b) => values[a]! - values[b]!);
  const ranks = new Float64Array(values.length);
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++;
    for (let at = from; at < to; at++) ranks[order[at]!] = (from + to - 1) / 2 - (order.length - 1) / 2;
    from = to;
  }
  const length = Math.sqrt(dot(ranks, ranks));
  return length > 0 ? ranks.map((rank) => rank / length) : ranks;
}

const dot = (first: Float64Array, second: Float64Array): number =>
  first.reduce((sum, value, at) => sum + value * second[at]!, 0);

/** Gauss and Jordan; of a positive definite matrix, so that no row need be exchanged. */
function inverse(matrix: readonly Float64Array[]): Float64Array[] {
  const size = matrix.length;
  const rows = matrix.map((row, at) => {
    const wide = new Float64Array(2 * size);
    wide.set(row);
    wide[size + at] = 1;
    return wide;
  });
  rows.forEach((own, at) => {
    const pivot = own[at]!;
    own.forEach((value, column) => (own[column] = value / pivot));
    rows.forEach((other, to) => {
      const factor = other[at]!;
      if (to === at || factor === 0) return;
      own.forEach((value, column) => (other[column] = other[column]! - factor * value));
    });
  });
  return rows.map((row) => row.slice(size));
}

/** What of a normal distribution lies above z, for z of 0 or more (Abramowitz and Stegun 26.2.17, error below 1e-7). */
function normalTail(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const terms = [0.31938153, -0.356563782, 1.781477937, -1.821255978, 1.330274429];
  const sum = terms.reduceRight((rest, term) => t * (term + rest), 0);
  return (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * sum;
}
