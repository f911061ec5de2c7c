import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** Runs a program to its end, with these variables and nothing else that OpenTelemetry reads; gives what it printed. */
export async function run(
  [program, ...args]: readonly [string, ...string[]],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('OTEL_'));
  const { stdout } = await promisify(execFile)(program, args, {
    env: { ...Object.fromEntries(own), ...env },
    timeout: 25_000,
  });
  return stdout;
}
