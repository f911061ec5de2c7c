import { featureMarks, type FeatureRow, type WindowSeconds } from '../../../domain/feature-row.ts';
import { float64Array, int64Array, textArray, uint8Array } from './npy.ts';
import { zipEntries, zipFile, type ZipEntry } from './zip.ts';

/** Subjects beyond have no place in one file. */
export const npzSubjects = Math.floor((zipEntries - 2) / 3);

/**
 * Rows as a `.npz` file: `times` (Unix milliseconds, every window from the first to the last), `subjects` (n × 3: kind,
 * service, subject), and for the i-th subject `values_<i>` (times × features, NaN where there is none), `features_<i>`
 * (their names) and `marks_<i>` (a bit a mark, in the order of `featureMarks`).
 * @param rows at least one
 */
export function npzFile(rows: readonly FeatureRow[], seconds: WindowSeconds): Generator<Uint8Array> {
  return zipFile(entriesOf(rows, seconds));
}

function* entriesOf(rows: readonly FeatureRow[], seconds: WindowSeconds): Generator<ZipEntry> {
  const stepMs = seconds * 1000;
  let [startMs, endMs] = [Infinity, -Infinity];
  const subjects = new Map<string, FeatureRow[]>();
  for (const row of rows) {
    startMs = Math.min(startMs, row.timeMs);
    endMs = Math.max(endMs, row.timeMs);
    const key = JSON.stringify([row.kind, row.service, row.subject]);
    const of = subjects.get(key);
    if (of === undefined) subjects.set(key, [row]);
    else of.push(row);
  }
  const length = (endMs - startMs) / stepMs + 1;
  const times = BigInt64Array.from({ length }, (_, index) => BigInt(startMs + index * stepMs));
  yield { name: 'times.npy', content: int64Array(times, [length]) };
  const names = [...subjects.keys()].sort();
  const listed = names.flatMap((name) => JSON.parse(name) as string[]);
  yield { name: 'subjects.npy', content: textArray(listed, [names.length, 3]) };
  for (const [index, name] of names.entries()) {
    const of = subjects.get(name) ?? [];
    const features = [...new Set(of.flatMap(({ values }) => Object.keys(values)))].sort();
    const columns = new Map(features.map((feature, column) => [feature, column]));
    const values = new Float64Array(length * features.length).fill(Number.NaN);
    const marks = new Uint8Array(length);
    for (const row of of) {
      const place = (row.timeMs - startMs) / stepMs;
      for (const [feature, value] of Object.entries(row.values)) {
        values[place * features.length + (columns.get(feature) ?? 0)] = value;
      }
      marks[place] = row.marks.reduce((bits, mark) => bits | (1 << featureMarks.indexOf(mark)), 0);
    }
    yield { name: `values_${index}.npy`, content: float64Array(values, [length, features.length]) };
    yield { name: `features_${index}.npy`, content: textArray(features, [features.length]) };
    yield { name: `marks_${index}.npy`, content: uint8Array(marks, [length]) };
  }
}
