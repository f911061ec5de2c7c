/**
 * The M4 board: every series of a folder is forecast with default options as far as its test goes, and compared.
 * `node bench/score/m4.ts --data DIR [--json]`. DIR holds hourly series of the M4 competition
 * (https://github.com/Mcompetitions/M4-methods), gzipped.
 */
import { parseArgs } from 'node:util';
import { coveragePercent, mase, smape } from '../../src/engine/analyze/forecast/accuracy.ts';
import { forecastSeries } from '../../src/engine/analyze/forecast/forecast.ts';
import { OperatorCache } from '../../src/engine/analyze/forecast/gaussian-process/operator-cache.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { readBoard, type BoardSeries } from './m4/read-series.ts';

/** MASE is scaled by this difference, which is the season of the hourly series; shorter series by the previous value. */
const scaleLag = 24;

/** What others reached on the folder of hourly series: [name, sMAPE, MASE]. */
const published = [
  ['seasonal naive', 11.56, 1.032],
  ['competition entry #024', 13.35, 0.991],
  ['MSTL+ETS (augurs)', 11.2, 0.921],
  ['MSTL+ETS on logs', 9.45, 0.954],
] as const;

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:m4 -- --data DIR [--json]',
  'series of the M4 competition, https://github.com/Mcompetitions/M4-methods: train.csv.gz and test.csv.gz with the same names in both',
);

function score({ name, train, test }: BoardSeries, operators: OperatorCache) {
  const from = performance.now();
  const forecast = forecastSeries(train, { horizon: test.length, operators });
  return {
    name,
    smape: smape(test, forecast.mean),
    mase: mase(train, test, forecast.mean, train.length > scaleLag ? scaleLag : 1),
    coverage95: coveragePercent(test, forecast.lower, forecast.upper),
    ms: performance.now() - from,
    period: forecast.period,
  };
}

/** A fixed amount of floating-point work: what other machines can compare times with. */
function calibrationMs(): number {
  const work = (): number => {
    const from = performance.now();
    let sum = 0;
    for (let i = 1; i <= 20_000_000; i++) sum += 1 / i;
    return sum > 0 ? performance.now() - from : 0;
  };
  work();
  return Math.min(work(), work(), work());
}

const series = readBoard(data);
if (series.length === 0) {
  console.error(`No series in ${data}: it needs train.csv.gz and test.csv.gz with the same names in both.`);
  process.exit(1);
}
const operators = new OperatorCache();
const cold = series.map((one) => score(one, operators));
const cpuBefore = process.cpuUsage();
const warm = series.map((one) => score(one, operators));
const { user, system } = process.cpuUsage(cpuBefore);
const mean = (of: (row: (typeof warm)[number]) => number, rows = warm): number => {
  const finite = rows.map(of).filter(Number.isFinite);
  return finite.reduce((sum, value) => sum + value, 0) / finite.length;
};
const total = {
  smape: mean(({ smape }) => smape),
  mase: mean(({ mase }) => mase),
  coverage95: mean(({ coverage95 }) => coverage95),
  msPerSeries: mean(({ ms }) => ms),
};
const timing = {
  warmCpuMsPerSeries: (user + system) / 1000 / series.length,
  coldMsPerSeries: mean(({ ms }) => ms, cold),
  firstSeriesMs: cold[0]!.ms,
  slowestWarmMs: Math.max(...warm.map(({ ms }) => ms)),
  calibrationMs: calibrationMs(),
};

if (flags.json) {
  const files = warm.map(({ name, smape, mase, coverage95 }) => ({ name, smape, mase, coverage95 }));
  console.log(JSON.stringify({ board: 'm4', total: { ...total, ...timing }, files }));
} else {
  const worst = warm.toSorted((a, b) => b.smape - a.smape).slice(0, 10);
  const cells = (row: (typeof warm)[number]): string[] => [
    row.smape.toFixed(2),
    row.mase.toFixed(3),
    row.coverage95.toFixed(1),
    String(row.period ?? 'none'),
  ];
  printTable(
    ['series', 'sMAPE', 'MASE', 'coverage %', 'period'],
    worst.map((row) => [row.name, ...cells(row)]),
  );
  console.log(`… the ${worst.length} worst of ${series.length}\n`);
  printTable(
    ['method', 'sMAPE', 'MASE', 'coverage % (95 wanted)'],
    [
      ['obs', total.smape.toFixed(3), total.mase.toFixed(4), total.coverage95.toFixed(1)],
      ...published.map(([name, s, m]) => [`${name} (hourly folder)`, s.toFixed(2), m.toFixed(3), '']),
    ],
  );
  console.log(
    `\n${total.msPerSeries.toFixed(1)} ms a series warm (${timing.warmCpuMsPerSeries.toFixed(1)} of CPU, slowest ${timing.slowestWarmMs.toFixed(0)}), ` +
      `${timing.coldMsPerSeries.toFixed(1)} with a cold cache (first series ${timing.firstSeriesMs.toFixed(0)}); ` +
      `20 million divisions and additions take ${timing.calibrationMs.toFixed(0)} ms here`,
  );
}
