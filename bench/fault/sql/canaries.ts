import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** In every canary; a statement that gives it out, in any of the usual spellings, has reached one. */
export const secret = 'hunter2-canary-secret';
const spellings = [
  secret,
  [...secret].toReversed().join(''),
  Buffer.from(secret).toString('hex'),
  Buffer.from(secret).toString('base64').slice(0, 24),
].map((text) => text.toLowerCase());

export interface Canaries extends AsyncDisposable {
  /** Where the engine is started: names without a slash are files in it. */
  readonly folder: string;
  readonly path: string;
  readonly port: number;
  /** What was touched since the last look. */
  touched(): readonly string[];
  /** Files that are there now and were not at the start. */
  newFiles(): readonly string[];
}

const names = [
  'secret',
  'secret.tsv',
  'secret.csv',
  'secret.json',
  'secret.sqlite',
  'secret.proto',
  'secret.capnp',
  'x',
];

/**
 * Files that show when they are read, by their access time: set into the past, `relatime` lets the kernel bring it up to
 * date at the first read. And a listener that counts who connects.
 */
export async function setCanaries(): Promise<Canaries> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-canary-'));
  const files = names.map((name) => join(folder, name));
  for (const file of files) writeFileSync(file, `${secret}\n`);
  mkdirSync(join(folder, 'dir'));
  files.push(join(folder, 'dir', 'secret'));
  copyFileSync(files[0]!, files.at(-1)!);
  const arm = (file: string): void => utimesSync(file, new Date('2000-01-01'), new Date());
  for (const file of files) arm(file);

  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.on('error', () => undefined).destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const listed = (): readonly string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const before = new Set<string>(listed());

  return {
    folder,
    path: files[1]!,
    port: (server.address() as AddressInfo).port,
    touched: () => {
      const found: string[] = [];
      for (const file of files) {
        if (statSync(file).atimeMs < Date.parse('2001-01-01')) continue;
        found.push(`read ${file.slice(folder.length + 1)}`);
        arm(file);
      }
      if (connections > 0) found.push(`connected ${connections} times`);
      connections = 0;
      return found;
    },
    newFiles: () => listed().filter((name) => !before.has(name)),
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export function givesOut(answer: string): boolean {
  const text = answer.toLowerCase();
  return spellings.some((spelling) => text.includes(spelling));
}

/** Statements that put canaries into the engine: another database with a secret, files and addresses as its tables. */
export function canaryTables({ path, port }: Canaries): readonly string[] {
  const source = `SOURCE(FILE(path '${path}' format 'LineAsString'))`;
  return [
    'CREATE DATABASE canary ENGINE = Memory',
    'CREATE TABLE canary.secret (s String) ENGINE = Memory',
    `INSERT INTO canary.secret VALUES ('${secret}')`,
    `CREATE TABLE canary.filed (s String) ENGINE = File(LineAsString, '${path}')`,
    `CREATE TABLE canary.remote (s String) ENGINE = URL('http://127.0.0.1:${port}/', 'LineAsString')`,
    'CREATE TABLE canary.joined (k String, s String) ENGINE = Join(ANY, LEFT, k)',
    `INSERT INTO canary.joined VALUES ('k', '${secret}')`,
    'CREATE VIEW canary.viewed AS SELECT s FROM canary.secret',
    `CREATE TABLE canary.\`${secret}\` (\`${secret}\` String) ENGINE = Memory`,
    `CREATE DICTIONARY canary.dict (s String) PRIMARY KEY s ${source} LAYOUT(COMPLEX_KEY_HASHED()) LIFETIME(0)`,
  ];
}
