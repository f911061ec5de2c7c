import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A series of the competition: what was known, and what came. */
export interface BoardSeries {
  readonly name: string;
  readonly train: Float64Array;
  readonly test: Float64Array;
}

/**
 * `train.csv.gz` and `test.csv.gz` of a folder (plain `.csv` as well): a header, then one series per line: its name and
 * its values, quoted or not; shorter series leave the last columns empty or NA.
 */
export function readBoard(folder: string): readonly BoardSeries[] {
  const train = readRows(join(folder, 'train.csv'));
  const test = new Map(readRows(join(folder, 'test.csv')).map(({ name, values }) => [name, values]));
  return train.flatMap(({ name, values }) => {
    const future = test.get(name);
    return future === undefined || values.length === 0 || future.length === 0
      ? []
      : [{ name, train: values, test: future }];
  });
}

function readRows(path: string): { name: string; values: Float64Array }[] {
  const [, ...lines] = readText(path)
    .split(/\r?\n/)
    .filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', ...cells] = line.split(',').map((cell) => cell.replaceAll('"', '').trim());
    const end = cells.findLastIndex((cell) => cell !== '' && cell !== 'NA') + 1;
    // A hole inside a series is a missing value.
    const values = Float64Array.from(cells.slice(0, end), (cell) => (cell === '' ? Number.NaN : Number(cell)));
    return { name, values };
  });
}

/** Empty when there is no such file. */
function readText(path: string): string {
  if (existsSync(`${path}.gz`)) return gunzipSync(readFileSync(`${path}.gz`)).toString('utf8');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
