import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A run: the same columns before (`normal`) and during (`abnormal`) a fault, as the protocol cuts them. */
export interface SockshopCase {
  readonly name: string;
  readonly columns: readonly {
    readonly name: string;
    readonly normal: Float64Array;
    readonly abnormal: Float64Array;
  }[];
  /** The labels, from the folder's name; only the scorer looks at them. */
  readonly service: string;
  readonly metric: string;
}

/** The onset is known to a minute: so many abnormal rows are counted as normal. */
const guardRows = 60;
const mostRows = 300;
const bytesPerUnit = 1e6;

/** Folders `<service>-<kind>/<run>/{normal,anomalous}.csv.gz`. */
export function readCases(folder: string): SockshopCase[] {
  return runsIn(folder).map((run) => {
    const fault = relative(folder, run).split('/').at(-2) ?? '';
    const dash = fault.lastIndexOf('-');
    const [normal, abnormal] = [readColumns(join(run, 'normal.csv.gz')), readColumns(join(run, 'anomalous.csv.gz'))];
    const columns = [...normal].flatMap(([name, before]) => {
      const during = abnormal.get(name);
      if (during === undefined || name === 'time' || /_lat_(50|99)$/.test(name)) return [];
      const unit = name.endsWith('_mem') ? bytesPerUnit : 1;
      const [first, second] = [filled(before, unit), filled(during, unit)];
      const known = [...first.slice(-mostRows), ...second.slice(0, guardRows)];
      const rows = second.slice(guardRows, guardRows + mostRows);
      const constant = [...known, ...rows].every((value) => value === known[0]);
      return constant ? [] : [{ name, normal: Float64Array.from(known), abnormal: rows }];
    });
    return {
      name: relative(folder, run),
      columns,
      service: fault.slice(0, dash),
      metric: `${fault.slice(0, dash)}_${fault.slice(dash + 1)}`,
    };
  });
}

function runsIn(folder: string): string[] {
  if (existsSync(join(folder, 'normal.csv.gz')) && existsSync(join(folder, 'anomalous.csv.gz'))) return [folder];
  return readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isDirectory())
    .flatMap(runsIn);
}

function readColumns(path: string): Map<string, Float64Array> {
  const [head = '', ...lines] = gunzipSync(readFileSync(path)).toString('utf8').split(/\r?\n/).filter(Boolean);
  const rows = lines.map((line) => line.split(','));
  return new Map(
    head
      .split(',')
      .map((name, column) => [
        name,
        Float64Array.from(rows, (row) => ((row[column] ?? '') === '' ? Number.NaN : Number(row[column]))),
      ]),
  );
}

/** Infinite and missing values take the last known one, and 0 before there is any. */
function filled(values: Float64Array, unit: number): Float64Array {
  let last = 0;
  return values.map((value) => (last = Number.isFinite(value) ? value / unit : last));
}
