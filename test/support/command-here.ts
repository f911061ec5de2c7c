import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Command, Config, Errors } from '@oclif/core';
import type { Ran } from './cli.ts';

const root = join(import.meta.dirname, '../..');
let config: Promise<Config> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs a command from its source within this process, as a program in a pipe would: what it prints and the code that it
 * would exit with. A process of its own (`runObs`) costs half a second of CPU each time; use it for what is about the
 * process: signals, standard input, the bundle. Commands share `process`, so they run one after the other.
 *
 * @param name the path of its file in `src/commands`, without the extension
 */
export function runHere(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const ran = last.then(() => runAlone(name, args, env));
  last = ran.catch(() => {});
  return ran;
}

async function runAlone(name: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ran> {
  const file = pathToFileURL(join(root, 'src/commands', `${name}.ts`)).href;
  const { default: Type } = (await import(file)) as { default: Command.Class };
  Type.id = name.replace(/\/index$/, '').replaceAll('/', ':');
  config ??= Config.load({ root });
  const loaded = await config;
  const give = [withEnvironment(env), listening(process.stdout), listening(process.stderr)];
  const [stdout, stderr] = [capture(process.stdout), capture(process.stderr)];
  process.exitCode = undefined;
  try {
    const thrown = await Type.run([...args], loaded).then(
      () => undefined,
      (error: unknown) => error,
    );
    // Anything else is a defect, which the test should show with its stack.
    if (thrown !== undefined && !(thrown instanceof Errors.ExitError)) throw thrown;
    const code = thrown === undefined ? Number(process.exitCode ?? 0) : (thrown.oclif.exit ?? 0);
    return { code, stdout: stdout.text(), stderr: stderr.text() };
  } finally {
    process.exitCode = undefined;
    for (const back of [stdout.end, stderr.end, ...give]) back();
  }
}

/** obs sees the variables that are given and no other of its own, as a program does that was started with them. */
function withEnvironment(env: Readonly<Record<string, string>>): () => void {
  const before = { ...process.env };
  for (const name of Object.keys(process.env)) if (name.startsWith('OBS_')) delete process.env[name];
  Object.assign(process.env, env);
  return () => {
    for (const name of Object.keys(env)) delete process.env[name];
    Object.assign(process.env, before);
  };
}

/** Takes off the listeners that the command puts on a stream, which it does once a process. */
function listening(stream: NodeJS.WriteStream): () => void {
  const before = stream.listeners('error');
  return () => {
    for (const listener of stream.listeners('error')) {
      if (!before.includes(listener)) stream.off('error', listener as () => void);
    }
  };
}

function capture(stream: NodeJS.WriteStream): { readonly text: () => string; readonly end: () => void } {
  const write = stream.write.bind(stream);
  const parts: string[] = [];
  stream.write = ((part: string | Uint8Array, ...rest: readonly unknown[]): boolean => {
    parts.push(typeof part === 'string' ? part : Buffer.from(part).toString());
    const done = rest.find((each) => typeof each === 'function');
    if (done !== undefined) queueMicrotask(done as () => void);
    return true;
  }) as typeof stream.write;
  return {
    text: () => parts.join(''),
    end: () => {
      stream.write = write;
    },
  };
}
