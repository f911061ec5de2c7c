import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A part that the engine, or obs, took out of its table because its files are damaged. Its rows are in no answer. */
export interface DamagedPart {
  readonly table: string;
  /** The part's own name, without the reason in front. */
  readonly part: string;
  /** `2026-01-31`: the day whose rows are gone; `null` for a table without days. */
  readonly day: string | null;
  /** `null` where the file that says so is damaged too. */
  readonly rows: number | null;
  readonly bytes: number;
  /** Where its files are now. */
  readonly path: string;
}

/** Moved there in the normal course of things, without a loss: merged away already, or a copy that is being made. */
const harmless = /^(?:ignored|clone|attaching|deleting|tmp)[-_]/;
const partName = /(?:^|_)((?:all|\d{8})_\d+_\d+_\d+(?:_\d+)?)(?:_try\d+)?$/;

/**
 * What lies in the tables' `detached/` folders. By the files alone, so that it can be asked while no engine runs; only
 * damage leads there, since nothing in obs detaches a sound part.
 */
export function findDamagedParts(storePath: string): readonly DamagedPart[] {
  const database = join(storePath, 'data', 'default');
  return entries(database).flatMap((table) => {
    const folder = join(database, table, 'detached');
    return entries(folder)
      .filter((name) => !harmless.test(name))
      .map((name) => describePart(table, name, join(folder, name)));
  });
}

/** Deletes the files of damaged parts whose day no signal is kept for any more: nobody would want them back. */
export function removeExpired(parts: readonly DamagedPart[], oldestKeptDay: string): readonly DamagedPart[] {
  const expired = parts.filter(({ day }) => day !== null && day < oldestKeptDay);
  for (const { path } of expired) rmSync(path, { recursive: true, force: true });
  return expired;
}

function describePart(table: string, name: string, path: string): DamagedPart {
  const part = partName.exec(name)?.[1] ?? name;
  const digits = /^(\d{4})(\d\d)(\d\d)_/.exec(part);
  return {
    table,
    part,
    day: digits === null ? null : `${digits[1]}-${digits[2]}-${digits[3]}`,
    rows: readCount(join(path, 'count.txt')),
    bytes: entries(path).reduce((sum, file) => sum + sizeOf(join(path, file)), 0),
    path,
  };
}

function readCount(file: string): number | null {
  try {
    const text = readFileSync(file, 'utf8').trim();
    return /^\d{1,15}$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function entries(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
