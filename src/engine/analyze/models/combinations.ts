import { type Random, randomFrom } from '../autoencoder/random.ts';

/** Windows that a wrong combination lasts, and usual ones before it, which a score remembers. */
export const stretchWindows = 12;
export const leadWindows = 16;

/** Stretches of windows in which some columns come from another time: each value is one of everyday, together they are not. */
export interface Combinations {
  readonly count: number;
  /** count × (lead + stretch) rows × columns. */
  readonly wrong: Float32Array;
  /** The same stretches as they were. */
  readonly right: Float32Array;
}

/**
 * @param values rows × columns of usual windows
 * @param mixed columns that may come from another time
 * @param begins rows that do not follow the row before
 * @param from the first row that stretches may be taken from; what is put into them may come from anywhere
 */
export function wrongCombinations(
  values: Float32Array,
  columns: number,
  mixed: readonly number[],
  begins: readonly boolean[],
  from: number,
  wanted: number,
  seed: number,
): Combinations {
  const random = randomFrom(seed);
  const rows = begins.length;
  const whole = wholeRuns(begins);
  const targets = whole(from, leadWindows + stretchWindows);
  const donors = whole(0, stretchWindows);
  const count = targets.length === 0 || donors.length === 0 ? 0 : wanted;
  const size = (leadWindows + stretchWindows) * columns;
  const right = new Float32Array(count * size);
  const wrong = new Float32Array(count * size);
  for (let index = 0; index < count; index++) {
    const target = targets[Math.floor(random() * targets.length)]!;
    const donor = donors[Math.floor(random() * donors.length)]!;
    const stretch = values.subarray(target * columns, target * columns + size);
    right.set(stretch, index * size);
    wrong.set(stretch, index * size);
    for (const column of someOf(mixed, random)) {
      for (let window = 0; window < stretchWindows && donor + window < rows; window++)
        wrong[index * size + (leadWindows + window) * columns + column] = values[(donor + window) * columns + column]!;
    }
  }
  return { count, wrong, right };
}

/** Between one and a third of them. */
function someOf(columns: readonly number[], random: Random): readonly number[] {
  const count = 1 + Math.floor(random() * Math.max(1, columns.length / 3));
  const left = [...columns];
  return Array.from(
    { length: Math.min(count, left.length) },
    () => left.splice(Math.floor(random() * left.length), 1)[0]!,
  );
}

/** Rows from which so many follow each other. */
function wholeRuns(begins: readonly boolean[]): (from: number, length: number) => readonly number[] {
  const lengths = new Int32Array(begins.length + 1);
  for (let row = begins.length - 1; row >= 0; row--)
    lengths[row] = 1 + (row + 1 < begins.length && begins[row + 1] === false ? lengths[row + 1]! : 0);
  return (from, length) => {
    const found: number[] = [];
    for (let row = from; row < begins.length; row++) if (lengths[row]! >= length) found.push(row);
    return found;
  };
}
