/**
 * Root cause from metrics alone, without a graph: `node bench/score/sockshop.ts --data DIR [--json]`. DIR holds the
 * Sock Shop runs of RCD (Ikram et al. 2022, https://github.com/azamikram/rcd), gzipped. Of each run the faulty metric
 * and its service must come first (AC@1); Avg@5 is the mean of AC@1 to AC@5. A service is an entity's name without
 * `-db`, by the order in which its metrics appear.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { causeInputOf } from '../../src/engine/analyze/files/cause-input.ts';
import { rankCauses } from '../../src/engine/cause/rank.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { calibrationOf } from './demo/calibration.ts';
import { readCases, type SockshopCase } from './sockshop/cases.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:sockshop -- --data DIR [--json]',
  'the Sock Shop runs of RCD, https://github.com/azamikram/rcd: <service>-<cpu or mem>/<run>/{normal,anomalous}.csv.gz',
);

function score(one: SockshopCase) {
  const input = causeInputOf(
    one.columns.map(({ name, normal, abnormal }) => ({ name, history: normal, recent: abnormal })),
  );
  const from = performance.now();
  const { metrics } = rankCauses(input);
  const ms = performance.now() - from;
  const names = metrics.map(({ metric }) => metric);
  const services = [...new Set(names.map((name) => name.split('_')[0]!.replace(/-db$/, '')))];
  return {
    name: one.name,
    serviceRank: services.indexOf(one.service) + 1 || null,
    metricRank: names.indexOf(one.metric) + 1 || null,
    first: names[0] ?? null,
    share:
      (metrics[0]?.score ?? 0) /
      Math.max(
        1e-12,
        metrics.reduce((sum, { score: each }) => sum + Math.max(0, each), 0),
      ),
    ms,
  };
}

const cases = existsSync(data) ? readCases(data) : [];
if (cases.length === 0) {
  console.error(`There is no run in ${data}: a folder with normal.csv.gz and anomalous.csv.gz. --data DIR`);
  process.exit(2);
}
const files = cases.map(score);
const within = (of: 'serviceRank' | 'metricRank', k: number): number =>
  files.filter((file) => file[of] !== null && file[of] <= k).length / files.length;
const average = (of: 'serviceRank' | 'metricRank'): number =>
  [1, 2, 3, 4, 5].reduce((sum, k) => sum + within(of, k), 0) / 5;
const times = files.map(({ ms }) => ms).toSorted((a, b) => a - b);
const total = {
  cases: files.length,
  serviceAc1: within('serviceRank', 1),
  serviceAvg5: average('serviceRank'),
  metricAc1: within('metricRank', 1),
  metricAvg5: average('metricRank'),
  msPerCase: times[times.length >> 1]!,
};

/** How often the first is right by its share in all scores. */
const calibration = calibrationOf(
  files.map(({ share, metricRank }) => ({ confidence: share, right: metricRank === 1 })),
);

if (flags.json) console.log(JSON.stringify({ board: 'sockshop', total, calibration, files }));
else {
  const row = (name: string, ...values: readonly number[]): string[] => [
    name,
    ...values.map((value) => value.toFixed(3)),
  ];
  printTable(
    ['', 'service AC@1', 'Avg@5', 'metric AC@1', 'Avg@5'],
    [
      row('obs', total.serviceAc1, total.serviceAvg5, total.metricAc1, total.metricAvg5),
      row('BARO', 0.9, 0.98, 0.83, 0.967),
      row('N-sigma', 0.07, 0.37, 0.03, 0.16),
    ],
  );
  for (const file of files.filter(({ metricRank }) => metricRank !== 1)) {
    console.log(
      `missed: ${file.name}: metric at ${file.metricRank}, service at ${file.serviceRank}, first is ${file.first}`,
    );
  }
  console.log("\nThe first metric's share in all scores:");
  printTable(
    ['share', 'answers', 'mean share', 'right'],
    calibration.map(({ from, to, answers, meanConfidence, right }) => [
      `${from} to ${to}`,
      String(answers),
      meanConfidence.toFixed(2),
      right.toFixed(2),
    ]),
  );
  console.log(`\n${total.cases} runs, ${total.msPerCase.toFixed(1)} ms each`);
}
