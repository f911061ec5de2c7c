import { type ChildProcessByStdio, type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';

const program = join(import.meta.dirname, '../../bin/run.js');

/** Starts the built program and leaves it to the caller, who reads it and ends it. */
export function startObs(
  args: readonly string[],
  env: Record<string, string>,
): ChildProcessByStdio<null, Readable, Readable> {
  return spawn(process.execPath, [program, ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs a line of shell in which `obs` is the built program; gives obs's own exit code, not the last of the pipe's. */
export function runShell(line: string, env: Record<string, string>): Promise<Ran> {
  const script = `set -o pipefail; obs() { '${process.execPath}' '${program}' "$@"; }; ${line}`;
  return collect(spawn('bash', ['--norc', '-c', script], { env: { PATH: process.env['PATH'] ?? '', ...env } }), '');
}

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built program as a user does, in a pipe. */
export function runObs(
  args: readonly string[],
  env: Record<string, string>,
  input = '',
  entry = program,
): Promise<Ran> {
  const child = spawn(process.execPath, [entry, ...args], { env: { PATH: process.env['PATH'] ?? '', ...env } });
  return collect(child, input);
}

function collect(child: ChildProcessWithoutNullStreams, input: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}
