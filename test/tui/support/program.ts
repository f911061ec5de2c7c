import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTerminal } from './terminal.ts';

export const root = join(import.meta.dirname, '../../..');

/** Pseudo-terminals come from `script` (util-linux). */
export const hasScript = spawnSync('script', ['--version']).status === 0;

/** The program from `dist/` with a home of its own, with and without a terminal. */
export function obsIn(home: string) {
  const env = { ...process.env, OBS_HOME: home, TERM: 'xterm-256color', NO_COLOR: '1' };
  /** Programs that a failed test leaves running. */
  const children = new Set<ChildProcess>();
  const obs = (...args: readonly string[]) =>
    spawnSync(process.execPath, ['bin/run.js', ...args], { cwd: root, env, encoding: 'utf8', timeout: 30_000 });

  /** Runs obs in a pseudo-terminal of that size; `ended` is what was printed once it had left the screen. */
  const inTerminal = (columns: number, rows: number, ...args: readonly string[]) => {
    const terminal = openTerminal(columns, rows);
    const pidFile = join(home, 'watch.pid');
    const program = `echo $$ > ${pidFile}; exec ${process.execPath} bin/run.js ${args.join(' ')}`;
    const command = `stty cols ${columns} rows ${rows}; sh -c '${program}'; echo "code $?"; stty -a`;
    const child = spawn('script', ['-qfc', command, '/dev/null'], { cwd: root, env });
    children.add(child);
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      void terminal.write(chunk.toString());
    });
    terminal.stdin.on('data', (keys: Buffer) => child.stdin.write(keys));
    const ended = new Promise<string>((resolve) => {
      child.on(
        'close',
        () => void terminal.write('').then(() => resolve(output.slice(output.lastIndexOf('\u001b[?1049l')))),
      );
    });
    return { terminal, ended, pid: () => Number(readFileSync(pidFile, 'utf8')) };
  };

  const close = (): void => {
    for (const child of children) child.kill('SIGHUP');
    obs('down');
  };
  return { obs, inTerminal, close };
}
