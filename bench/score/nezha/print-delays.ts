import { printTable } from '../../support/report.ts';
import { type DelayCase, type DelayOptions, kinds, simulatedDelays } from './delays.ts';

/** Runs and prints the board of simulated delays. */
export function delaysBoard(data: string, options: DelayOptions, json: boolean): void {
  const began = Date.now();
  const cases: DelayCase[] = [];
  for (const one of simulatedDelays(data, options)) {
    cases.push(one);
    const { pod, peer, direction, delayMs, share } = one.delayed;
    if (one.rank === 1) continue;
    process.stderr.write(
      `${one.window} ${one.kind} ${pod}${peer === null ? '' : ` with ${peer}`} ${direction} ${delayMs} ms × ${share}, ${one.calls} calls: rank ${one.rank} with ${one.score.toFixed(1)}, first ${one.first} with ${one.firstScore.toFixed(1)}\n`,
    );
  }
  const rows = (name: string, of: (one: DelayCase) => string): readonly Row[] =>
    [...Map.groupBy(cases, of)].map(([value, own]) => ({ name, value, ...within(own) }));
  const tables = [
    ...rows('kind of edge', ({ kind }) => kind).toSorted(
      (a, b) => kinds.findIndex((kind) => kind === a.value) - kinds.findIndex((kind) => kind === b.value),
    ),
    ...rows('direction', ({ delayed }) => delayed.direction),
    ...rows('delay, ms', ({ delayed }) => String(delayed.delayMs)).toSorted((a, b) => +a.value - +b.value),
    ...rows('of messages', ({ delayed }) => String(delayed.share)),
    ...rows('calls', ({ calls }) => (calls < 3 ? '1 to 2' : calls < 10 ? '3 to 9' : calls < 40 ? '10 to 39' : '40 on')),
  ];
  const total = { ...within(cases), seed: options.seed, seconds: (Date.now() - began) / 1000 };
  if (json) console.log(JSON.stringify({ board: 'nezha-delays', total, tables, cases }));
  else {
    printTable(
      ['by', '', 'cases', 'AS@1', 'AS@3'],
      tables.map(({ name, value, cases: number, as1, as3 }) => [
        name,
        value,
        String(number),
        as1.toFixed(3),
        as3.toFixed(3),
      ]),
    );
    console.log(
      `\nAS@1 ${total.as1.toFixed(3)}, AS@3 ${total.as3.toFixed(3)} of ${total.cases} simulated delays; ${Math.round(total.seconds)} s`,
    );
  }
}

interface Within {
  readonly cases: number;
  readonly as1: number;
  readonly as3: number;
}
interface Row extends Within {
  readonly name: string;
  readonly value: string;
}

function within(cases: readonly DelayCase[]): Within {
  const part = (k: number): number =>
    cases.length === 0 ? 0 : cases.filter(({ rank }) => rank !== null && rank <= k).length / cases.length;
  return { cases: cases.length, as1: part(1), as3: part(3) };
}
