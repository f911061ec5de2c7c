import {
  closeSync,
  copyFileSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { StorageFailed } from '../../domain/errors.ts';

/**
 * The tables' definitions are small files without which ClickHouse opens nothing at all: one of them empty or full of
 * zeros, and the whole store is out of reach. So a copy of each is kept beside the store and put back before it is opened.
 */
const copiesFolder = 'definitions';

/** A table's folder begins with a file that says how its parts are named; ClickHouse writes nothing but this in it. */
const formatVersion = '1';

/** Definitions in use, copied when they differ from the last copy. Called once the store is open and up to date. */
export function copyDefinitions(storePath: string): void {
  const copies = join(storePath, copiesFolder);
  mkdirSync(copies, { recursive: true });
  const used = definitionsIn(inUse(storePath));
  for (const name of used) {
    const text = read(join(inUse(storePath), name));
    if (text !== null && isSound(text) && text !== read(join(copies, name))) writeDurably(join(copies, name), text);
  }
  for (const name of definitionsIn(copies)) if (!used.includes(name)) rmSync(join(copies, name));
}

export interface DamagedDefinition {
  /** As a path below the store's `metadata/default` or `data/default`. */
  readonly name: string;
  readonly path: string;
  /** What belongs there; `null` where there is no copy. */
  readonly content: string | null;
}

/** Definitions that are damaged, or missing although their table still has its data. */
export function findDamagedDefinitions(storePath: string): readonly DamagedDefinition[] {
  const folder = inUse(storePath);
  if (!existsSync(folder)) return [];
  const copies = join(storePath, copiesFolder);
  const names = new Set([...definitionsIn(folder), ...definitionsIn(copies)]);
  const damaged = [...names].flatMap((name): DamagedDefinition[] => {
    const path = join(folder, name);
    const text = read(path);
    if (text !== null && isSound(text)) return [];
    const content = read(join(copies, name));
    // Dropped on purpose, unless the table still has its data. (A view has none, and one too many would count twice.)
    if (text === null && (content === null || !existsSync(dataFolder(storePath, content)))) return [];
    return [{ name, path, content }];
  });
  return [...damaged, ...damagedFormatVersions(storePath)];
}

/**
 * Puts what is damaged back from its copy, and keeps the damaged file as `<name>.damaged` among the copies. Only while
 * no engine has the store open. Names what it mended.
 * @throws StorageFailed when a damaged one has no copy
 */
export function mendDefinitions(storePath: string): readonly string[] {
  return findDamagedDefinitions(storePath).map(({ name, path, content }) => {
    if (content === null) {
      throw new StorageFailed({
        operation: 'open the store, since this definition',
        path,
        code: 'it is damaged, and there is no copy of it',
      });
    }
    if (existsSync(path)) {
      mkdirSync(join(storePath, copiesFolder), { recursive: true });
      copyFileSync(path, join(storePath, copiesFolder, `${name.replaceAll('/', '.')}.damaged`));
    }
    writeDurably(path, content);
    return name;
  });
}

function damagedFormatVersions(storePath: string): readonly DamagedDefinition[] {
  const database = join(storePath, 'data', 'default');
  return list(database).flatMap((table) => {
    const path = join(database, table, 'format_version.txt');
    const text = read(path);
    // An empty folder is one that was never used.
    if (text === null ? list(join(database, table)).length === 0 : /^\d+\s*$/.test(text)) return [];
    return [{ name: `${table}/format_version.txt`, path, content: formatVersion }];
  });
}

/** `metadata/default` is a link to the folder in which the database `default` keeps its definitions. */
const inUse = (storePath: string): string => join(storePath, 'metadata', 'default');

/** As ClickHouse writes them: text that begins with ATTACH. */
function isSound(text: string): boolean {
  return text.startsWith('ATTACH ') && !text.includes('\0');
}

function dataFolder(storePath: string, definition: string): string {
  const uuid = /^ATTACH TABLE _ UUID '([0-9a-f-]{36})'/.exec(definition)?.[1] ?? 'none';
  return join(storePath, 'store', uuid.slice(0, 3), uuid);
}

function definitionsIn(folder: string): readonly string[] {
  return list(folder).filter((name) => name.endsWith('.sql'));
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}

function writeDurably(path: string, text: string): void {
  const temporary = `${path}.new`;
  writeFileSync(temporary, text, { mode: 0o640 });
  sync(temporary);
  renameSync(temporary, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  fsyncSync(descriptor);
  closeSync(descriptor);
}
