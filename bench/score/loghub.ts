/**
 * Scoreboard of log patterns: `node bench/score/loghub.ts --data DIR [--json]`. DIR holds loghub's 2,000 lines a system
 * (https://github.com/logpai/loghub): each folder has one system's labelled lines. One pass over them with the default
 * configuration; a line is right if its group, after the last line, is exactly its event. Lines per CPU-second: passes
 * with a new miner each, after a round to warm up.
 */
import { parseArgs } from 'node:util';
import { createMiner } from '../../src/engine/analyze/patterns/miner.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { groupingAccuracy } from './loghub/grouping-accuracy.ts';
import { published } from './loghub/published.ts';
import { isFolder, readSystems, type System } from './loghub/systems.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:loghub -- --data DIR [--json]',
  'loghub, https://github.com/logpai/loghub: <System>/*_2k.log_structured.csv, plain or gzip',
);

/** CPU time to measure the speed in, at least. */
const measuredSeconds = 2;

interface Result {
  readonly name: string;
  readonly groupingAccuracy: number;
  readonly lines: number;
}

function score({ name, lines, events }: System): Result {
  const miner = createMiner();
  const groups = lines.map((line) => miner.add(line)).map((group) => miner.groupOf(group));
  return { name, groupingAccuracy: groupingAccuracy(groups, events), lines: lines.length };
}

function linesPerCpuSecond(systems: readonly System[]): number {
  const round = (): number => {
    let lines = 0;
    for (const system of systems) {
      const miner = createMiner();
      for (const line of system.lines) miner.add(line);
      lines += system.lines.length;
    }
    return lines;
  };
  round();
  const since = process.cpuUsage();
  for (let lines = 0; ;) {
    lines += round();
    const { user, system } = process.cpuUsage(since);
    const seconds = (user + system) / 1e6;
    if (seconds >= measuredSeconds) return Math.round(lines / seconds);
  }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
const three = (value: number | undefined): string => value?.toFixed(3) ?? '–';

if (!isFolder(data)) {
  console.error(`There is no folder ${data}. Name one with labelled systems: --data DIR`);
  process.exit(2);
}
const systems = readSystems(data).filter(({ lines }) => lines.length > 0);
if (systems.length === 0) {
  console.error(`No folder in ${data} has a file *_structured.csv or *_structured.csv.gz with lines in it.`);
  process.exit(2);
}
const files = systems.map((system) => score(system));
const total = {
  groupingAccuracy: mean(files.map((file) => file.groupingAccuracy)),
  linesPerCpuSecond: linesPerCpuSecond(systems),
};

if (flags.json) console.log(JSON.stringify({ board: 'loghub', total, files }));
else {
  const meanOf = (method: 'drain' | 'brain'): number | undefined => {
    const known = files.flatMap(({ name }) => published[name]?.[method] ?? []);
    return known.length === files.length ? mean(known) : undefined;
  };
  printTable(
    ['system', 'lines', 'obs', 'Drain, tuned', 'Brain, tuned'],
    [
      ...files.map(({ name, groupingAccuracy: own, lines }) => [
        name,
        String(lines),
        three(own),
        three(published[name]?.drain),
        three(published[name]?.brain),
      ]),
      ['mean', '', three(total.groupingAccuracy), three(meanOf('drain')), three(meanOf('brain'))],
    ],
  );
  console.log(`\n${total.linesPerCpuSecond.toLocaleString('en')} lines per CPU-second`);
}
