/**
 * What the accuracy of `bench/score/loghub.ts` hangs on: the same lines in another order, fewer of them, with all words
 * replaced, with names where numbers were. `node bench/score/loghub/stress.ts --data DIR`; DIR as there.
 */
import { parseArgs } from 'node:util';
import { createMiner } from '../../../src/engine/analyze/patterns/miner.ts';
import { createScanner, textOf } from '../../../src/engine/analyze/patterns/scanner.ts';
import { dataFolder } from '../../support/data-folder.ts';
import { printTable } from '../../support/report.ts';
import { groupingAccuracy } from './grouping-accuracy.ts';
import { readSystems, type System } from './systems.ts';

const { values: flags } = parseArgs({ options: { data: { type: 'string' } } });
const data = dataFolder(
  flags.data,
  'node bench/score/loghub/stress.ts --data DIR',
  'loghub, https://github.com/logpai/loghub: <System>/*_2k.log_structured.csv, plain or gzip',
);

let state = 1;
/** Below `limit`, from a fixed seed. */
function random(limit: number): number {
  state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
  return Math.floor((state / 0x80000000) * limit);
}
const letterFrom = (first: number): string => String.fromCharCode(first + random(26));
const name = (): string => Array.from({ length: 4 + random(5) }, () => letterFrom(97)).join('');

const picked = ({ name: system, lines, events }: System, order: readonly number[]): System => ({
  name: system,
  lines: order.map((line) => lines[line] as string),
  events: order.map((line) => events[line] as string),
});

function shuffled(system: System, most = Infinity): System {
  const order = [...system.lines.keys()];
  for (let last = order.length - 1; last > 0; last--) {
    const other = random(last + 1);
    [order[last], order[other]] = [order[other] as number, order[last] as number];
  }
  return picked(system, order.slice(0, most));
}

/** Words that the scanner knows stay; every other becomes another of the same length and case, the same everywhere. */
function renamed(system: System): System {
  const known =
    /^(true|false|null|nil|none|[kmgt]?b|bytes?|[num]?s|[mu]?secs?|seconds?|min(ute)?s?|h(ou)?rs?|days?|[kmg]?hz)$/i;
  const date = /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/;
  const others = new Map<string, string>();
  const other = (word: string): string => {
    const found =
      others.get(word) ?? word.replace(/[a-z]/g, () => letterFrom(97)).replace(/[A-Z]/g, () => letterFrom(65));
    others.set(word, found);
    return found;
  };
  const lines = system.lines.map((line) =>
    line.replace(/(?<!\w)[A-Za-z]{3,}(?!\w)/g, (word) => (known.test(word) || date.test(word) ? word : other(word))),
  );
  return { ...system, lines };
}

const scanner = createScanner();

/** Lines of every other event, as they first appear. */
function halfOfEvents(system: System): System {
  const kept = new Set([...new Set(system.events)].filter((_, at) => at % 2 === 0));
  return picked(
    system,
    [...system.lines.keys()].filter((line) => kept.has(system.events[line] as string)),
  );
}

const number = (): string => String(random(1_000_000));

/**
 * In each event, some of the masked values are names out of a few, always at the same places.
 * @param numbers every other of them is a number nevertheless
 */
function withNames(system: System, slots: number, names: number, numbers = false): System {
  const pool = Array.from({ length: names }, name);
  const value = (): string => (numbers && random(2) === 0 ? number() : (pool[random(names)] as string));
  const places = new Map<string, readonly number[]>();
  const lines = system.lines.map((line, at) => {
    const tokens = textOf(scanner.masked, scanner.scan(line)).split(' ');
    const event = system.events[at] as string;
    const masked = [...tokens.keys()].filter((token) => /^\W?\u0001\W?$/.test(tokens[token] as string));
    const own = places.get(event) ?? masked.toSorted(() => random(3) - 1).slice(0, slots);
    places.set(event, own);
    for (const token of own) tokens[token] = tokens[token]?.replace('\u0001', value()) ?? '';
    return tokens.join(' ').replaceAll('\u0001', number);
  });
  return { ...system, lines };
}

const stresses: Readonly<Record<string, (system: System) => System>> = {
  'as it is': (system) => system,
  'other order': (system) => shuffled(system),
  reversed: (system) => picked(system, [...system.lines.keys()].toReversed()),
  'half of the events': halfOfEvents,
  '500 lines': (system) => shuffled(system, 500),
  '200 lines': (system) => shuffled(system, 200),
  'words replaced': renamed,
  'names, 1 slot, 4': (system) => withNames(system, 1, 4),
  'names, 1 slot, 8': (system) => withNames(system, 1, 8),
  'names, 1 slot, 500': (system) => withNames(system, 1, 500),
  'names or numbers': (system) => withNames(system, 1, 40, true),
  'names, 2 slots, 8': (system) => withNames(system, 2, 8),
  'names, 2 slots, 500': (system) => withNames(system, 2, 500),
};

function accuracyOf({ lines, events }: System): number {
  const miner = createMiner();
  const groups = lines.map((line) => miner.add(line)).map((group) => miner.groupOf(group));
  return groupingAccuracy(groups, events);
}

const systems = readSystems(data);
printTable(
  ['stress', ...systems.map((system) => system.name.slice(0, 6)), 'mean'],
  Object.entries(stresses).map(([title, stress]) => {
    const scores = systems.map((system) => accuracyOf(stress(system)));
    const mean = scores.reduce((sum, score) => sum + score, 0) / scores.length;
    return [title, ...[...scores, mean].map((score) => score.toFixed(3))];
  }),
);
