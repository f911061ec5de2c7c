import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Errors, flush } from '@oclif/core';

/** Runs one command from its source, as the program runs it from the bundle: `node source-command.ts incidents/note …`. */
const [, , name = '', ...args] = process.argv;
const root = join(import.meta.dirname, '../..');
const file = pathToFileURL(join(root, 'src/commands', `${name}.ts`)).href;
const { default: Command } = (await import(file)) as {
  default: { run(args: readonly string[], options: { root: string }): Promise<unknown> };
};
try {
  await Command.run(args, { root });
  await flush();
} catch (error) {
  await Errors.handle(error as Error);
}
