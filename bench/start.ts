/**
 * `npm run bench:start`: how long the program takes to start, in one run, each beside what it is compared with.
 * `obs --version` against `node -e 0`, a command that talks to nobody, and `obs up` until everything answers, with warm
 * files and an empty store.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, summary, type Summary } from './support/report.ts';

const { values } = parseArgs({ options: { json: { type: 'boolean' }, rounds: { type: 'string', default: '15' } } });
const rounds = Number(values.rounds);
const program = join(import.meta.dirname, '../bin/run.js');

const home = mkdtempSync(join(tmpdir(), 'obs-bench-start-'));
const env = { ...process.env, OBS_HOME: home };
const ports = ['--otlp-grpc-port', '0', '--otlp-http-port', '0', '--query-port', '0'];

function timeNode(...args: string[]): number {
  const start = performance.now();
  execFileSync(process.execPath, args, { env, stdio: 'ignore' });
  return performance.now() - start;
}

const times: Record<'node' | 'version' | 'help' | 'up' | 'statusCommand', number[]> = {
  node: [],
  version: [],
  help: [],
  up: [],
  statusCommand: [],
};

try {
  timeNode(program, 'help', 'up');
  // In turn, so that a machine that grows busier in the middle is unfair to none.
  for (let round = 0; round < rounds; round++) {
    times.node.push(timeNode('-e', '0'));
    times.version.push(timeNode(program, '--version'));
    times.help.push(timeNode(program, 'help', 'up'));
  }
  // The first start creates the store and warms the files; it is not counted.
  for (let round = 0; round <= Math.min(rounds, 7); round++) {
    const up = timeNode(program, 'up', ...ports);
    const status = timeNode(program, 'status');
    if (round > 0) {
      times.up.push(up);
      times.statusCommand.push(status);
    }
    timeNode(program, 'down');
  }
} finally {
  rmSync(home, { recursive: true, force: true });
}

const results = Object.fromEntries(Object.entries(times).map(([name, list]) => [name, summary(list)])) as Record<
  keyof typeof times,
  Summary
>;
const ratio = results.version.median / results.node.median;

if (values.json) {
  console.log(JSON.stringify({ unit: 'ms', rounds, ...results, versionToNode: ratio }));
} else {
  const row = (name: string, { median, min, max }: Summary, bar: string): string[] => [
    name,
    median.toFixed(0),
    min.toFixed(0),
    max.toFixed(0),
    bar,
  ];
  printTable(
    ['whole process, ms', 'median', 'min', 'max', 'bar'],
    [
      row('node -e 0', results.node, ''),
      row('obs --version', results.version, `${ratio.toFixed(2)} × node -e 0 (at most 2.5)`),
      row('obs help up', results.help, ''),
      row('obs up, until ready', results.up, 'at most 1500'),
      row('obs status', results.statusCommand, ''),
    ],
  );
}
