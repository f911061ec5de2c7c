import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/**
 * The programs that others wrote and that tests run for real: how each is called, and where the installer puts it.
 * `node test/real/install.ts` brings them here; docs/real-peers.md says what each needs.
 */
interface Component {
  /** As a sentence about a missing one calls it. */
  readonly title: string;
  /** The version, or the folder under test/real/ whose files say what it is. */
  readonly pinned: { readonly version: string } | { readonly folder: string };
  /** The file to run, inside the component's own folder. */
  readonly program: string;
}

export const components = {
  collector: { title: 'Collector', pinned: { folder: 'collector' }, program: 'collector' },
  telemetrygen: { title: 'telemetrygen', pinned: { version: 'v0.161.0' }, program: 'telemetrygen' },
  'sdk-node': { title: 'SDK for Node', pinned: { folder: 'sdk-node' }, program: 'main.js' },
  'sdk-python': { title: 'SDK for Python', pinned: { folder: 'sdk-python' }, program: 'bin/opentelemetry-instrument' },
  'sdk-go': { title: 'SDK for Go', pinned: { folder: 'sdk-go' }, program: 'sdk-go' },
  'sdk-java': { title: 'SDK for Java', pinned: { folder: 'sdk-java' }, program: 'classes/PlaceOrder.class' },
  'clickhouse-connect': {
    title: 'clickhouse-connect',
    pinned: { folder: 'clickhouse-connect' },
    program: 'bin/python',
  },
  'clickhouse-go': { title: 'clickhouse-go', pinned: { folder: 'clickhouse-go' }, program: 'clickhouse-go' },
  // Last: it takes longest.
  minio: { title: 'MinIO', pinned: { version: 'v0.0.0-20260212201848-7aac2a2c5b7c' }, program: 'minio' },
} as const satisfies Record<string, Component>;

export type ComponentName = keyof typeof components;

export const sourceFolder = import.meta.dirname;

/** All of them are under this folder, each version in a folder of its own. */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const set = env['OBS_REAL'];
  if (set !== undefined && set !== '') return set;
  const cache = env['XDG_CACHE_HOME'];
  return join(cache !== undefined && isAbsolute(cache) ? cache : join(homedir(), '.cache'), 'obs-real');
}

/** Where this version of it belongs; with another version pinned it is another folder. */
export function folderOf(name: ComponentName): string {
  const { pinned }: Component = components[name];
  return join(cacheFolder(), `${name}-${'version' in pinned ? pinned.version : fingerprint(pinned.folder)}`);
}

/** A file that the installer leaves where a program could not be had: the reason. */
export const reasonFile = (name: ComponentName): string => `${folderOf(name)}.missing`;

/** Path of the program, or undefined where it is not on this machine. */
export function findComponent(name: ComponentName): string | undefined {
  const program = join(folderOf(name), components[name].program);
  return existsSync(program) ? program : undefined;
}

/** The title of a test that needs them: as it is where all are here, else with what is missing. */
export function titleWith(needed: ComponentName | readonly ComponentName[], title: string): string {
  const names = typeof needed === 'string' ? [needed] : needed;
  const missing = names.find((name) => findComponent(name) === undefined);
  if (missing === undefined) return title;
  const why = existsSync(reasonFile(missing)) ? ` (${readFileSync(reasonFile(missing), 'utf8').trim()})` : '';
  return `${title} [skipped: no ${components[missing].title}${why}, see docs/real-peers.md]`;
}

/** Of the names and contents of a folder's files. */
function fingerprint(folder: string): string {
  const hash = createHash('sha256');
  for (const file of globSync('**/*', { cwd: join(sourceFolder, folder), withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()) {
    hash
      .update(`${file.slice(sourceFolder.length)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex').slice(0, 12);
}
