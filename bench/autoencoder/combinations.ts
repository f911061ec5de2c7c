/**
 * What finds wrong combinations of usual values: `node bench/autoencoder/combinations.ts [--seeds 10] [--json]`.
 * One day of a made-up service (`service.ts`) is learned, one quiet day sets each method's threshold (its highest
 * score there: no false alarm), a third tells how often that is passed all the same, and faults of ten minutes, at once
 * or growing over five, in which no value leaves the range it was learned in, are to be found while they last.
 */
import { parseArgs } from 'node:util';
import { Effect, Result } from 'effect';
import { randomFrom } from '../../src/engine/analyze/autoencoder/random.ts';
import { ErrorTracker } from '../../src/engine/analyze/autoencoder/error-tracker.ts';
import { scoreWindows } from '../../src/engine/analyze/autoencoder/score.ts';
import { trainAutoencoder } from '../../src/engine/analyze/autoencoder/train.ts';
import { fitLinear, linearErrors } from '../../src/engine/analyze/models/linear-model.ts';
import { usualSizes as averagedSizes } from '../../src/engine/analyze/models/usual-sizes.ts';
import { residualOf } from '../../src/engine/analyze/rows/components.ts';
import { scoreRows } from '../../src/engine/analyze/rows/detector.ts';
import { fitRows } from '../../src/engine/analyze/rows/fit.ts';
import type { RowModel } from '../../src/engine/analyze/rows/model.ts';
import { printTable } from '../support/report.ts';
import { windowsPerDay } from './day.ts';
import { faults, onsetOf, serviceFeatures, serviceWindows } from './service.ts';

const { values: flags } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seeds: { type: 'string', default: '10' } },
});
const faultWindows = 60;
const growths = { 'at once': 1, slowly: 30 };
const halfLife = 8;

type Method = (rows: Float64Array) => Promise<Float64Array>;

async function methodsFor(day: Float64Array): Promise<Readonly<Record<string, Method>>> {
  const model = Result.getOrThrow(fitRows(day, serviceFeatures));
  const shape = { rows: windowsPerDay, features: serviceFeatures };
  const trained = await Effect.runPromise(trainAutoencoder(Float32Array.from(day), shape));
  const ofRatios = await Effect.runPromise(trainAutoencoder(Float32Array.from(day), shape, { scaling: 'ratio' }));
  const linear = fitLinear(Float32Array.from(day), serviceFeatures);
  const averaged = (errors: Float32Array): readonly number[] =>
    averagedSizes(errors, serviceFeatures, (row) => row === 0);
  const wideErrors = async (rows: Float64Array): Promise<Float32Array> =>
    (await Effect.runPromise(scoreWindows(ofRatios, Float32Array.from(rows)))).featureErrors;
  const wideUsual = averaged(await wideErrors(day));
  const linearOfRatios = (rows: Float64Array): Float32Array => linearErrors(linear, Float32Array.from(rows));
  return {
    // A model of no rows gives what the columns leave unexplained no weight.
    'columns alone': async (rows) => scoreRows({ ...model, rows: 0 }, rows),
    'row detector': async (rows) => scoreRows(model, rows),
    'linear residual, worst feature': async (rows) =>
      worstFeature(linearResiduals(model, rows), usualSizes(linearResiduals(model, day))),
    'autoencoder, mean error': async (rows) => {
      const { errors } = await Effect.runPromise(scoreWindows(trained, Float32Array.from(rows)));
      return smoothed(Float64Array.from(errors));
    },
    'autoencoder, worst feature': async (rows) => {
      const { featureErrors } = await Effect.runPromise(scoreWindows(trained, Float32Array.from(rows)));
      return worstFeature(featureErrors, trained.heldBack.features);
    },
    'linear residual of ratios, worst feature': async (rows) =>
      worstFeature(linearOfRatios(rows), usualSizes(linearOfRatios(day))),
    'linear residual of ratios, worst average': async (rows) =>
      worstFeature(linearOfRatios(rows), averaged(linearOfRatios(day))),
    'autoencoder of ratios, worst average': async (rows) => worstFeature(await wideErrors(rows), wideUsual),
  };
}

const perRow = 1 - 2 ** (-1 / halfLife);

function smoothed(values: Float64Array): Float64Array {
  let average = 0;
  return values.map((value) => (average += perRow * (value - average)));
}

/** The largest averaged feature error in its usual sizes, row after row. */
function worstFeature(featureErrors: ArrayLike<number>, usual: readonly number[]): Float64Array {
  const tracker = new ErrorTracker(usual);
  const all = Float64Array.from(featureErrors);
  const features = usual.length;
  return Float64Array.from(
    { length: all.length / features },
    (_, row) => tracker.push(all.subarray(row * features, (row + 1) * features)).score,
  );
}

/** What the row detector's principal components leave unexplained, rows × features. */
function linearResiduals({ columns, components, units }: RowModel, rows: Float64Array): Float64Array {
  const scaled = rows.map((value, at) => value / units[at % columns]!);
  const left = new Float64Array(rows.length);
  for (let at = 0; at < rows.length; at += columns)
    residualOf(components, scaled.subarray(at, at + columns), left.subarray(at, at + columns));
  return left;
}

function usualSizes(residuals: Float64Array | Float32Array): readonly number[] {
  return Array.from({ length: serviceFeatures }, (_, feature) => {
    const sizes = residuals
      .filter((_, at) => at % serviceFeatures === feature)
      .map(Math.abs)
      .sort();
    return sizes[Math.round(0.99 * (sizes.length - 1))]!;
  });
}

interface Tally {
  readonly found: Record<string, number>;
  delays: number[];
  falseWindows: number;
}

const tallies = new Map<string, Tally>();
const seeds = Array.from({ length: Number(flags.seeds) }, (_, seed) => seed * 1000 + 1);
for (const seed of seeds) {
  const methods = await methodsFor(serviceWindows(seed));
  const random = randomFrom(seed);
  const onsets = faults.map((fault) => ({ fault, from: onsetOf(fault, random), windows: faultWindows }));
  for (const [[name, method], [speed, growth]] of Object.entries(methods).flatMap((method) =>
    Object.entries(growths).map((speed) => [method, speed] as const),
  )) {
    const label = `${name}, ${speed}`;
    const tally = tallies.get(label) ?? { found: {}, delays: [], falseWindows: 0 };
    tallies.set(label, tally);
    const threshold = (await method(serviceWindows(seed + 1))).reduce((a, b) => Math.max(a, b));
    tally.falseWindows += (await method(serviceWindows(seed + 2))).filter((score) => score > threshold).length;
    for (const [index, onset] of onsets.entries()) {
      const injection = { ...onset, growth };
      const scores = await method(serviceWindows(seed + 3 + index, injection));
      const delay = scores.subarray(injection.from, injection.from + faultWindows).findIndex((s) => s > threshold);
      tally.found[injection.fault] = (tally.found[injection.fault] ?? 0) + (delay >= 0 ? 1 : 0);
      if (delay >= 0) tally.delays.push(delay + 1);
    }
  }
}

const report = [...tallies].map(([method, { found, delays, falseWindows }]) => ({
  method,
  found: Object.fromEntries(faults.map((fault) => [fault, (found[fault] ?? 0) / seeds.length])),
  medianDelaySeconds: delays.length === 0 ? null : 10 * delays.toSorted((a, b) => a - b)[delays.length >> 1]!,
  falseWindowsPerDay: falseWindows / seeds.length,
}));

if (flags.json) console.log(JSON.stringify(report));
else {
  printTable(
    ['share found', ...faults, 'delay s', 'false windows a day'],
    report.map(({ method, found, medianDelaySeconds, falseWindowsPerDay }) => [
      method,
      ...faults.map((fault) => (found[fault] ?? 0).toFixed(2)),
      String(medianDelaySeconds ?? ''),
      falseWindowsPerDay.toFixed(1),
    ]),
  );
}
