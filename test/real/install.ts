/**
 * Brings programs that others wrote onto this machine, for the tests and benchmarks that run them for real.
 *
 *     node test/real/install.ts                     all of them
 *     node test/real/install.ts collector minio     these
 *     node test/real/install.ts --within 120 minio  gives up after so many seconds, all of them together
 *
 * They are built from source or come as packages, through the clients of this machine (go, npm, pip, mvn) as they are
 * set up there, and are kept under the cache folder of docs/real-peers.md. What is there already costs nothing.
 * Exit code 1 when one could not be had; the tests that need it then say why.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';
import { components, type ComponentName, findComponent, folderOf, reasonFile } from './components.ts';
import { recipes, type Step } from './recipes.ts';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: { within: { type: 'string' } },
});
const unknown = positionals.filter((name) => !Object.hasOwn(components, name));
if (unknown.length > 0) {
  process.stderr.write(`Not known: ${unknown.join(', ')}. There are: ${Object.keys(components).join(', ')}.\n`);
  process.exit(2);
}
const wanted = (positionals.length > 0 ? positionals : Object.keys(components)) as ComponentName[];
const deadline = flags.within === undefined ? Infinity : Date.now() + Number(flags.within) * 1000;

// What one client of a registry brings comes one after another; clients work beside each other.
const chains = Map.groupBy(wanted, (name) => recipes[name].needs[0]);
await Promise.all(
  [...chains.values()].map(async (names) => {
    for (const name of names) await report(name);
  }),
);

async function report(name: ComponentName): Promise<void> {
  const startedAt = Date.now();
  const had = findComponent(name) !== undefined;
  const reason = had ? undefined : await install(name);
  const took = ((Date.now() - startedAt) / 1000).toFixed(1);
  const outcome = had ? 'is here' : reason === undefined ? `installed in ${took} s` : `not here: ${reason}`;
  process.stdout.write(`${name.padEnd(20)}${outcome}\n`);
  if (reason !== undefined) process.exitCode = 1;
}

/** The reason why it could not be had, or undefined. A folder takes its final name when all in it is complete. */
async function install(name: ComponentName): Promise<string | undefined> {
  const { needs, steps } = recipes[name];
  const folder = folderOf(name);
  const unfinished = `${folder}.${process.pid}`;
  let reason = needs.filter((program) => !isOnPath(program)).map((program) => `this machine has no ${program}`)[0];
  mkdirSync(unfinished, { recursive: true });
  for (const step of reason === undefined ? steps(unfinished) : []) reason ??= await run(step, unfinished);
  if (reason === undefined) {
    rmSync(folder, { recursive: true, force: true });
    renameSync(unfinished, folder);
    rmSync(reasonFile(name), { force: true });
  } else {
    rmSync(unfinished, { recursive: true, force: true });
    writeFileSync(reasonFile(name), `${reason}\n`);
  }
  return reason;
}

async function run({ command: [program, ...args], env }: Step, cwd: string): Promise<string | undefined> {
  const left = deadline - Date.now();
  if (left <= 0) return `the installer's ${flags.within} s were over`;
  // A process group of its own: compilers that it started end with it.
  const child = spawn(program, args, {
    cwd,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
  });
  let tail = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (tail = (tail + text).slice(-2000)));
  let late = false;
  const timer = Number.isFinite(left)
    ? setTimeout(() => {
        late = true;
        if (child.pid !== undefined) process.kill(-child.pid);
      }, left)
    : undefined;
  const exited = once(child, 'close').catch(([error]: [Error]) => [error.message]);
  const [code] = (await exited) as [number | string | null];
  clearTimeout(timer);
  if (late) return `${program} took longer than the installer's ${flags.within} s; the next run goes on from there`;
  if (code === 0) return undefined;
  process.stderr.write(`${[program, ...args].join(' ')}\n${tail}\n`);
  return `${program} ${args[0] ?? ''} failed: ${tail.trim().split('\n').at(-1)?.slice(0, 200) ?? String(code)}`;
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)));
}
