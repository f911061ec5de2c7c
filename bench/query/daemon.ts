import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const program = join(import.meta.dirname, '../../bin/run.js');

/** A daemon over a store that is there already, on free ports. @returns its endpoints, and how to stop it */
export function openStore(home: string): { readonly query: string; readonly otlpHttp: string; stop(): void } {
  const env = { ...process.env, OBS_HOME: home };
  const run = (...args: string[]): string =>
    execFileSync(process.execPath, [program, ...args], { env, encoding: 'utf8' });
  const ports = ['--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0'];
  const up = JSON.parse(run('up', '--json', ...ports)) as {
    readonly endpoints: { readonly query: string; readonly otlpHttp: string };
  };
  return { ...up.endpoints, stop: () => void run('down') };
}
