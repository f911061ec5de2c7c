/**
 * Detection in made-up traffic: what it costs, how often it is wrong, what it finds. `node --expose-gc bench/detect.ts`
 * prints the cost for 200 services with 2,000 series over two simulated days; `--false-alarms` the alarms of weeks of
 * normal traffic against the rates that were set (`--rough`: with spikes, bursts and a nightly job); `--power` the share of injected faults found, and after how long.
 * `--services`, `--days`, `--seeds` change how much is simulated; `--json` prints one object.
 */
import { parseArgs } from 'node:util';
import { cost } from './detect/cost.ts';
import { falseAlarms } from './detect/false-alarms.ts';
import { faultsTried } from './detect/faults.ts';
import { moments, power, type Trial } from './detect/power.ts';
import { serviceKinds } from './detect/traffic.ts';
import { printTable } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    'false-alarms': { type: 'boolean', default: false },
    rough: { type: 'boolean', default: false },
    power: { type: 'boolean', default: false },
    services: { type: 'string' },
    days: { type: 'string' },
    seeds: { type: 'string', default: '3' },
  },
});

const seeds = Array.from({ length: Number(flags.seeds) }, (_, index) => index + 1);
const round = (value: number, places = 2): string => value.toFixed(places);

if (flags['false-alarms']) printFalseAlarms(Number(flags.services ?? 8), Number(flags.days ?? 7));
else if (flags.power) printPower(Number(flags.services ?? 8));
else printCost(Number(flags.services ?? 200), Number(flags.days ?? 2));

function printCost(services: number, days: number): void {
  const result = cost(services, days);
  if (flags.json) return console.log(JSON.stringify(result));
  printTable(
    ['what', 'value'],
    Object.entries(result).map(([name, value]) => [name, Number.isInteger(value) ? String(value) : round(value, 4)]),
  );
}

function printFalseAlarms(services: number, days: number): void {
  const runs = seeds.flatMap((seed) =>
    falseAlarms(serviceKinds(services), days, seed, [1, 10], flags.rough).map(({ anomalies, ...counts }) => ({
      seed,
      ...counts,
      first: anomalies.slice(0, 3).map(({ summary }) => summary),
    })),
  );
  if (flags.json) return console.log(JSON.stringify({ services, days, runs }));
  printTable(
    ['seed', 'set a service and week', 'expected', 'told', 'score reached', 'in the first 2 h', 'by day', 'at the job'],
    runs.map((run) =>
      [
        run.seed,
        run.rate,
        round(run.expected, 1),
        run.observed,
        run.reached,
        run.firstHours,
        run.byDay.join(' '),
        run.atJob,
      ].map(String),
    ),
  );
}

function printPower(services: number): void {
  const trials = seeds.flatMap((seed) => power(serviceKinds(services), faultsTried, seed));
  if (flags.json) return console.log(JSON.stringify({ services, trials }));
  const busy = (some: readonly Trial[]): Trial[] => some.filter(({ calls }) => calls >= 30);
  const small = (some: readonly Trial[]): Trial[] => some.filter(({ calls }) => calls < 30);
  const cell = (some: readonly Trial[]): string => {
    const delays = some.flatMap(({ delay }) => delay ?? []).sort((a, b) => a - b);
    if (delays.length === 0) return `0/${some.length}`;
    return `${delays.length}/${some.length}, ${(delays[Math.floor(delays.length / 2)]! + 1) * 10} s`;
  };
  console.log('Found of tried, and the median time from the first bad span to the end of the window that found it.');
  console.log('Above: services with at least 30 calls in a window; below: smaller ones.');
  for (const part of [busy, small]) {
    printTable(
      ['fault', ...moments.map(({ name }) => name)],
      faultsTried.map(({ name }) => [
        name,
        ...moments.map((moment) =>
          cell(part(trials.filter((trial) => trial.fault === name && trial.moment === moment.name))),
        ),
      ]),
    );
  }
}
