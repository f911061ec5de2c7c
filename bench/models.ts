/**
 * What models of services cost: `node --expose-gc bench/models.ts [--json] [--rounds 5] [--services 200]`. Linux.
 * Training: a day of one service (8,640 windows of 10 s, 48 features), linear model and autoencoder, cleaned, compared with
 * a current pair, from the fork of the process to the models in hand; CPU and the most memory are the process's own.
 * Voting: one window of all services through a linear model each, and through as many autoencoders as may vote.
 */
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Effect } from 'effect';
import { trainModels } from '../src/engine/analyze/models/train-models.ts';
import type { Candidate, TrainRequest } from '../src/engine/analyze/models/train-request.ts';
import { Trainer } from '../src/engine/analyze/models/trainer.ts';
import { Voice } from '../src/engine/analyze/models/voice.ts';
import { votesOf } from '../src/engine/analyze/models/votes.ts';
import { trainInChildWithin } from '../src/engine/daemon/train-process.ts';
import type { FeatureRow } from '../src/engine/domain/feature-row.ts';
import { limits } from '../src/engine/domain/limits.ts';
import { serviceDay, windowsPerDay } from './autoencoder/day.ts';
import { mebibytes, peakBytes, residentBytes } from './support/process-memory.ts';
import { cpuSecondsOf } from './support/process-usage.ts';
import { printTable, summary } from './support/report.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
    services: { type: 'string', default: '200' },
  },
});

const columns = limits.models.columns;
const features = Array.from({ length: columns }, (_, index) => `feature_${index}`);
const stepMs = 10_000;

function requestFor(scope: string, current: TrainRequest['current']): TrainRequest {
  return {
    scope,
    seconds: 10,
    nowMs: windowsPerDay * stepMs,
    seed: 1,
    why: 'count',
    columns: features.map((feature) => ({ kind: 'service', service: scope, subject: '', feature })),
    wanted: columns,
    times: Float64Array.from({ length: windowsPerDay }, (_, window) => window * stepMs),
    values: serviceDay(columns, 1),
    found: windowsPerDay,
    leftOut: {},
    stretches: [],
    current,
  };
}

const first = (await Effect.runPromise(trainModels(requestFor('service-0', [])))).candidates;
const current = first.map(({ card, file }) => ({ id: card.family, family: card.family, file }));

interface Training {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
}

async function trainOnce(): Promise<Training> {
  let cpuSeconds = 0;
  let peak = 0;
  let timer: NodeJS.Timeout | undefined;
  const onStart = (pid: number): void => {
    const look = (): void => {
      try {
        cpuSeconds = cpuSecondsOf(pid);
        peak = peakBytes(pid) || peak;
      } catch {
        // It has ended.
      }
    };
    timer = setInterval(look, 5);
  };
  const started = performance.now();
  await Effect.runPromise(
    Effect.flatMap(Trainer, (trainer) => trainer.train(requestFor('service-0', current))).pipe(
      Effect.provide(trainInChildWithin({ ms: limits.models.trainingMs, bytes: limits.models.trainingBytes, onStart })),
    ),
  );
  clearInterval(timer);
  return { wallSeconds: (performance.now() - started) / 1000, cpuSeconds, peakMiB: mebibytes(peak) };
}

const trainings: Training[] = [];
for (let round = 0; round < Number(flags.rounds); round++) trainings.push(await trainOnce());

const services = Number(flags.services);
const windows = serviceDay(columns, 2, 300);

async function voicesOf(candidate: Candidate, count: number): Promise<readonly Voice[]> {
  const { family } = candidate.card;
  // All of one service's file: what a model says of another's windows costs the same.
  const opened = Array.from({ length: count }, (_, index) => ({
    id: `${family}-${index}`,
    scope: 'service-0',
    family,
  }));
  return Effect.runPromise(Effect.forEach(opened, (row) => Voice.open(row, candidate.file)));
}

function rowOf(window: number): FeatureRow {
  const values = features.map((feature, column) => [feature, windows[window * columns + column]!] as const);
  return {
    timeMs: window * stepMs,
    seconds: 10,
    kind: 'service',
    service: 'service-0',
    subject: '',
    values: Object.fromEntries(values.filter(([, value]) => Number.isFinite(value))),
    marks: [],
  };
}

async function votingMs(voices: readonly Voice[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (let window = 0; window < 300; window++) {
    const rows = [rowOf(window)];
    const started = performance.now();
    const votes = await votesOf(voices, rows);
    times.push(performance.now() - started);
    if (votes.length !== voices.length) throw new Error(`${votes.length} votes of ${voices.length} models`);
  }
  return times;
}

/** Heap and buffers after a collection, and what else is resident (sessions of ONNX Runtime). */
async function heldBytes(): Promise<number> {
  globalThis.gc?.();
  // What buffers hold is given back after the collection.
  await setTimeout(100);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

async function measured(candidate: Candidate, count: number) {
  const held = await heldBytes();
  const resident = residentBytes(process.pid);
  const voices = await voicesOf(candidate, count);
  const heldMiB = mebibytes((await heldBytes()) - held);
  const ms = summary(await votingMs(voices));
  return { models: count, ms, heldMiB, residentMiB: mebibytes(residentBytes(process.pid) - resident) };
}

const linear = await measured(first[0]!, services);
const wide = await measured(first[1]!, limits.models.sessions);

const report = {
  training: {
    wallSeconds: summary(trainings.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: summary(trainings.map(({ cpuSeconds }) => cpuSeconds)),
    peakMiB: summary(trainings.map(({ peakMiB }) => peakMiB)),
  },
  voting: {
    linear,
    autoencoder: wide,
  },
};
if (flags.json) console.log(JSON.stringify(report));
else {
  const { training, voting } = report;
  printTable(
    ['', 'median', 'best', 'worst'],
    [
      ...Object.entries(training).map(([name, { median, min, max }]) => [
        `training, ${name}`,
        median.toFixed(2),
        min.toFixed(2),
        max.toFixed(2),
      ]),
      ...Object.entries(voting).map(([family, { models, ms }]) => [
        `a window through ${models} ${family} models, ms`,
        ms.median.toFixed(2),
        ms.min.toFixed(2),
        ms.max.toFixed(2),
      ]),
    ],
  );
  for (const [family, { models, heldMiB, residentMiB }] of Object.entries(voting))
    console.log(
      `${models} ${family} models: ${heldMiB} MiB of heap and buffers, resident ${residentMiB} MiB more while voting`,
    );
}
process.exit(0);
