import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseCsv } from '../../nezha/csv.ts';

/** Log lines of one system with the event that a person gave each. */
export interface System {
  /** The folder's name. */
  readonly name: string;
  /** Lines without time, level and component. */
  readonly lines: readonly string[];
  readonly events: readonly string[];
}

/** All folders that have a `*_structured.csv`, gzipped or not, by name. */
export function readSystems(folder: string): readonly System[] {
  return readdirSync(folder)
    .toSorted()
    .flatMap((name) => {
      const own = join(folder, name);
      if (!statSync(own).isDirectory()) return [];
      const file = readdirSync(own).find((candidate) => /_structured\.csv(\.gz)?$/.test(candidate));
      return file === undefined ? [] : [readSystem(name, join(own, file))];
    });
}

function readSystem(name: string, file: string): System {
  const bytes = readFileSync(file);
  const [header = [], ...rows] = parseCsv((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8'));
  const column = (title: string): readonly string[] => {
    const at = header.indexOf(title);
    if (at < 0) throw new Error(`${file} has no column ${title}`);
    return rows.map((row) => row[at] ?? '');
  };
  return { name, lines: column('Content'), events: column('EventId') };
}

export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
