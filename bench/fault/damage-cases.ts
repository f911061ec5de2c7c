import { globSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One way in which the engine's files can be damaged. */
export interface DamageCase {
  readonly name: string;
  /** Rows that may be gone from the answers: those of one part, or none since a copy is put back. */
  readonly costs: 'a part' | 'nothing';
  /** Nothing reads it, so that nothing can be said. */
  readonly unnoticed?: boolean;
  /** Damages the store; the path of the part hit, or of the file. */
  readonly damage: (storePath: string) => string;
}

const zero = (file: string): void => writeFileSync(file, Buffer.alloc(readFileSync(file).length));

/** In the newest part of `otel_traces`, which no other part covers. */
function newestPart(storePath: string): string {
  const table = join(storePath, 'data', 'default', 'otel_traces');
  const parts = readdirSync(table).flatMap((name) => {
    const match = /^\d{8}_\d+_(\d+)_\d+$/.exec(name);
    return match === null ? [] : [{ name, block: Number(match[1]) }];
  });
  const newest = parts.toSorted((a, b) => b.block - a.block)[0];
  if (newest === undefined) throw new Error(`no part in ${table}`);
  return join(table, newest.name);
}

const inPart = (name: string, file: string, change: (path: string) => void): DamageCase => ({
  name,
  costs: 'a part',
  damage: (storePath) => {
    const part = newestPart(storePath);
    change(join(part, globSync(file, { cwd: part })[0] ?? file));
    return part;
  },
});

const definition = (name: string, file: string, change: (path: string) => void): DamageCase => ({
  name,
  costs: 'nothing',
  damage: (storePath) => {
    change(join(storePath, file));
    return join(storePath, file);
  },
});

function flipBytes(file: string): void {
  const bytes = readFileSync(file);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

const remove = (path: string): void => rmSync(path, { recursive: true });

/** Damage that a running engine may meet as well: it reads these again and again. */
export const dataCases: readonly DamageCase[] = [
  inPart('data.bin: one byte flipped', 'data.bin', flipBytes),
  inPart('data.bin: zeros', 'data.bin', zero),
  inPart('data.bin: cut in half', 'data.bin', (file) => truncateSync(file, readFileSync(file).length >> 1)),
  inPart('data.bin: missing', 'data.bin', remove),
];

export const damageCases: readonly DamageCase[] = [
  ...dataCases,
  inPart('columns.txt: zeros', 'columns.txt', zero),
  inPart('checksums.txt: zeros', 'checksums.txt', zero),
  inPart('count.txt: zeros', 'count.txt', zero),
  // A part of one granule is read without its index: all rows are there, and nothing stumbles.
  { ...inPart('primary index: zeros', 'primary.{cidx,idx}', zero), costs: 'nothing', unnoticed: true },
  inPart('marks: zeros', 'data.cmrk*', zero),
  inPart('partition.dat: missing', 'partition.dat', remove),
  inPart('serialization.json: zeros', 'serialization.json', zero),
  definition('table definition: zeros', 'metadata/default/otel_traces.sql', zero),
  definition('table definition: empty', 'metadata/default/otel_logs.sql', (file) => truncateSync(file, 0)),
  definition('table definition: missing', 'metadata/default/otel_traces.sql', remove),
  definition('view definition: zeros', 'metadata/default/obs_red_10s_mv.sql', zero),
  definition('format_version.txt: zeros', 'data/default/otel_traces/format_version.txt', zero),
  {
    ...definition('insert tokens: zeros', 'data/default/otel_traces/deduplication_logs', (folder) => {
      for (const file of readdirSync(folder)) zero(join(folder, file));
    }),
    unnoticed: true,
  },
];

export const partOf = (path: string): string => path.slice(dirname(path).length + 1);
