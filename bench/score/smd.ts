/**
 * Multivariate anomaly detection on labelled server metrics: `node bench/score/smd.ts --data DIR [--json]`. DIR holds
 * machines of SMD (Su et al. 2019, https://github.com/NetManAIOps/OmniAnomaly), gzipped. For every machine of the
 * folder VUS-PR of the product's row detector (`smd/vus-pr.ts`), trained on `.train`, and trained on the head of the
 * test file. Causal: a row's score depends on no later row.
 */
import { parseArgs } from 'node:util';
import { Result } from 'effect';
import { detectRows } from '../../src/engine/analyze/rows/learner.ts';
import { dataFolder } from '../support/data-folder.ts';
import { printTable } from '../support/report.ts';
import { loadMachines, type Machine } from './smd/load.ts';
import { autocorrelationPeriod } from './smd/period.ts';
import { published } from './smd/published.ts';
import { vusPr } from './smd/vus-pr.ts';

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const data = dataFolder(
  flags.data,
  'score:smd -- --data DIR [--json]',
  'SMD, https://github.com/NetManAIOps/OmniAnomaly: <machine>.train.csv.gz, <machine>.test.csv.gz and <machine>.labels.txt.gz',
);

interface MachineScore {
  readonly name: string;
  readonly vusPrTrain: number;
  readonly vusPrHead: number;
}

function scoreMachine({ name, columns, train, test, labels, headRows }: Machine): MachineScore {
  const tolerance = autocorrelationPeriod(firstColumn(test, columns));
  const scored = (rows: Float64Array, ofTest: number): number =>
    vusPr(labels, Result.getOrThrow(detectRows(rows, columns, test, ofTest)), tolerance);
  return {
    name,
    vusPrTrain: scored(train, 0),
    vusPrHead: scored(test.subarray(0, headRows * columns), headRows),
  };
}

function firstColumn(values: Float64Array, columns: number): Float64Array {
  return Float64Array.from({ length: values.length / columns }, (_, row) => values[row * columns]!);
}

/** Over the machines that have an anomaly; the others have no precision. */
function meanOf(scores: readonly MachineScore[], pick: (score: MachineScore) => number): number {
  const values = scores.map(pick).filter((value) => !Number.isNaN(value));
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

const started = performance.now();
const files = loadMachines(data).map(scoreMachine);
const total = {
  vusPrTrain: meanOf(files, ({ vusPrTrain }) => vusPrTrain),
  vusPrHead: meanOf(files, ({ vusPrHead }) => vusPrHead),
};

if (flags.json) console.log(JSON.stringify({ board: 'smd', total, files }));
else {
  const cell = (value: number | null): string => (value === null ? '' : value.toFixed(3));
  printTable(
    ['VUS-PR', 'trained on .train', 'on the head of test', ''],
    [
      ...files.map(({ name, vusPrTrain, vusPrHead }) => [name, cell(vusPrTrain), cell(vusPrHead), '']),
      ['mean', cell(total.vusPrTrain), cell(total.vusPrHead), 'obs, causal'],
      ...published.map(({ name, vusPrTrain, vusPrHead, note }) => [name, cell(vusPrTrain), cell(vusPrHead), note]),
    ],
  );
  console.log(`\n${files.length} machines in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}
