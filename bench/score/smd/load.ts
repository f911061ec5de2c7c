import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** One machine's files: `<name>.train.csv.gz`, `<name>.test.csv.gz` (no header), `<name>.labels.txt.gz`. */
export interface Machine {
  readonly name: string;
  readonly columns: number;
  /** Rows × columns, row after row. */
  readonly train: Float64Array;
  readonly test: Float64Array;
  /** One per test row. */
  readonly labels: Uint8Array;
  /** How many test rows row (b) of the protocol trains on. */
  readonly headRows: number;
}

const headRowsUnlessTold = 5000;
const suffix = '.test.csv.gz';

export function loadMachines(folder: string): Machine[] {
  const files = readdirSync(folder);
  const heads: unknown = files.includes('head.json')
    ? JSON.parse(readFileSync(join(folder, 'head.json'), 'utf8'))
    : undefined;
  const names = files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
  return names.sort().map((name) => {
    const test = readRows(join(folder, `${name}${suffix}`));
    const train = readRows(join(folder, `${name}.train.csv.gz`));
    const labels = Uint8Array.from(lines(join(folder, `${name}.labels.txt.gz`)), Number);
    if (train.columns !== test.columns)
      throw new Error(`${name}: ${train.columns} columns in .train, ${test.columns} in .test`);
    if (labels.length * test.columns !== test.values.length)
      throw new Error(`${name}: ${labels.length} labels for ${test.values.length / test.columns} rows`);
    return {
      name,
      columns: test.columns,
      train: train.values,
      test: test.values,
      labels,
      headRows: Math.min(headRowsOf(heads, name), labels.length),
    };
  });
}

function headRowsOf(heads: unknown, name: string): number {
  if (typeof heads !== 'object' || heads === null) return headRowsUnlessTold;
  const told: unknown = Reflect.get(heads, name);
  return typeof told === 'number' ? told : headRowsUnlessTold;
}

function lines(path: string): string[] {
  return gunzipSync(readFileSync(path)).toString('utf8').split('\n').filter(Boolean);
}

/** Empty or unreadable cells become NaN: what to do with a gap is the detector's business. */
function readRows(path: string): { readonly values: Float64Array; readonly columns: number } {
  const rows = lines(path);
  const columns = rows[0]?.split(',').length ?? 0;
  const values = new Float64Array(rows.length * columns).fill(Number.NaN);
  for (const [row, line] of rows.entries()) {
    for (const [column, cell] of line.split(',').entries()) {
      if (column < columns && cell.trim() !== '') values[row * columns + column] = Number(cell);
    }
  }
  return { values, columns };
}
