import { readFileSync } from 'node:fs';
import * as nodeModule from 'node:module';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));

/**
 * Starts the program. Two things come before anything is loaded: an older Node is told in one line, and the version,
 * which scripts ask for often, is answered at once.
 * @param {string[]} args
 */
export async function start(args) {
  const problem = nodeProblem(process.versions.node, manifest.engines.node);
  if (problem !== null) {
    process.stderr.write(`${problem}\n`);
    process.exitCode = 2;
    return;
  }
  if (args.length === 1 && (args[0] === '--version' || args[0] === '-v')) {
    process.stdout.write(`obs/${manifest.version} ${process.platform}-${process.arch} node-${process.version}\n`);
    return;
  }
  // With both set Node warns on stderr; NO_COLOR wins here.
  if (process.env['NO_COLOR']) delete process.env['FORCE_COLOR'];
  // Help is oclif's own command, which waits without end for a reader that went away (`obs help | head -1`).
  process.stdout.once('error', () => process.once('beforeExit', () => process.exit(0)));
  nodeModule.enableCompileCache?.();
  const { execute } = await import('@oclif/core');
  await execute({ args, dir: import.meta.url });
}

/**
 * @param {string} version of the running Node, as `22.15.0`
 * @param {string} needed as package.json says it, `>=22.15`
 * @returns {string | null}
 */
export function nodeProblem(version, needed) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [leastMajor = 0, leastMinor = 0] = needed.replace('>=', '').split('.').map(Number);
  if (major > leastMajor || (major === leastMajor && minor >= leastMinor)) return null;
  return `obs needs Node ${leastMajor}.${leastMinor} or newer and this is ${version}: install a newer one, or run \`npx obs\` inside the repository, which brings its own.`;
}
