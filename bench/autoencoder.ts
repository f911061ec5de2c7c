/**
 * What the autoencoder costs on one thread: `node bench/autoencoder.ts [--json] [--features 64] [--rounds 5]`.
 * Training: one made-up day of one service (8,640 windows of 10 s), default options, from raw rows to a model file;
 * CPU of the whole process. Scoring: ten such days through the model's file, windows per second of wall time.
 * The best of the rounds is told, and the median, because other programs share the machine.
 */
import { parseArgs } from 'node:util';
import { Effect } from 'effect';
import { openScorer } from '../src/engine/analyze/autoencoder/score.ts';
import { trainAutoencoder, type TrainedModel } from '../src/engine/analyze/autoencoder/train.ts';
import { serviceDay, windowsPerDay } from './autoencoder/day.ts';
import { printTable, summary } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    features: { type: 'string', default: '64' },
    rounds: { type: 'string', default: '5' },
  },
});

const features = Number(flags.features);
const rounds = Array.from({ length: Number(flags.rounds) }, (_, round) => round);

interface Cost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const from = process.cpuUsage();
  const started = performance.now();
  await work();
  const { user, system } = process.cpuUsage(from);
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds: (user + system) / 1e6 };
}

const day = serviceDay(features, 1);
const training: Cost[] = [];
let model: TrainedModel | undefined;
for (const round of rounds) {
  training.push(
    await costOf(async () => {
      model = await Effect.runPromise(trainAutoencoder(day, { rows: windowsPerDay, features }, { seed: round + 1 }));
    }),
  );
}
if (model === undefined) throw new Error('--rounds must be at least 1');
const { onnx, losses, bestEpoch, heldBack } = model;

const days = new Float32Array(day.length * 10);
for (let at = 0; at < days.length; at += day.length) days.set(day, at);
const windows = windowsPerDay * 10;
const scoring = await Effect.runPromise(
  Effect.scoped(
    Effect.gen(function* () {
      const scorer = yield* openScorer(onnx);
      const costs: Cost[] = [];
      for (let round = 0; round <= rounds.length; round++)
        costs.push(yield* Effect.promise(() => costOf(() => Effect.runPromise(scorer.score(days)))));
      // The first one warms up.
      return costs.slice(1);
    }),
  ),
);

const report = {
  features,
  windows: windowsPerDay,
  epochs: losses.length,
  bestEpoch,
  heldBackLoss: heldBack.loss,
  modelBytes: onnx.length,
  trainingCpuSeconds: summary(training.map(({ cpuSeconds }) => cpuSeconds)),
  trainingWallSeconds: summary(training.map(({ wallSeconds }) => wallSeconds)),
  windowsPerSecond: summary(scoring.map(({ wallSeconds }) => windows / wallSeconds)),
  windowsPerCpuSecond: summary(scoring.map(({ cpuSeconds }) => windows / cpuSeconds)),
};

if (flags.json) console.log(JSON.stringify(report));
else {
  const seconds = (value: number): string => value.toFixed(2);
  const rate = (value: number): string => Math.round(value).toLocaleString('en-US');
  const { trainingCpuSeconds: cpu, trainingWallSeconds: wall, windowsPerSecond, windowsPerCpuSecond } = report;
  printTable(
    ['measured', 'best', 'median', 'goal'],
    [
      ['training, CPU-s', seconds(cpu.min), seconds(cpu.median), '2'],
      ['training, s', seconds(wall.min), seconds(wall.median), ''],
      ['scoring, windows/s', rate(windowsPerSecond.max), rate(windowsPerSecond.median), '200,000'],
      ['scoring, windows/CPU-s', rate(windowsPerCpuSecond.max), rate(windowsPerCpuSecond.median), ''],
    ],
  );
  console.log(
    `\n${windowsPerDay} windows × ${features} features, ${losses.length} passes, best ${bestEpoch + 1}, ` +
      `held-back loss ${heldBack.loss.toFixed(4)}, file ${onnx.length} bytes`,
  );
}
