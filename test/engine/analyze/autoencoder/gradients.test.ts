import { Tensor } from 'onnxruntime-node';
import { describe, expect, test } from 'vitest';
import { initialWeights, network, type Network } from '../../../../src/engine/analyze/autoencoder/network.ts';
import { randomFrom } from '../../../../src/engine/analyze/autoencoder/random.ts';
import { robustScaling } from '../../../../src/engine/analyze/autoencoder/robust-scaling.ts';
import { matrix, openSession } from '../../../../src/engine/analyze/autoencoder/session.ts';
import { adam, trainingGraph } from '../../../../src/engine/analyze/autoencoder/training-graph.ts';
import { correlatedRows } from './support/rows.ts';

const features = 5;
const rowCount = 12;
const net = network(features, [4, 2, 3]);

const rows = correlatedRows(rowCount, features, 3);
rows[7] = Number.NaN;
rows[2 * features + 1] = 1e9; // far beyond the others
const scaling = robustScaling(rows, features);
const masks = Float32Array.from({ length: 2 * features }, (_, at) => (at === 1 || at === 8 ? 0 : 1));
const batch = [0, 1, 1, 2, 5, 11];
const maskOf = [0, 1, 0, 1, 0, 1];

/** The loss in double precision, written without the graph. */
function lossOf(weights: Float64Array): number {
  let sum = 0;
  for (const [at, row] of batch.entries()) {
    const target = Array.from({ length: features }, (_, feature) => {
      const value = (rows[row * features + feature]! - scaling.centre[feature]!) / scaling.scale[feature]!;
      return Math.max(scaling.low[feature]!, Math.min(scaling.high[feature]!, value));
    });
    const shown = target.map((value, feature) =>
      Number.isNaN(value) ? 0 : value * masks[maskOf[at]! * features + feature]!,
    );
    const output = outputOf(net, weights, shown);
    for (const [feature, value] of target.entries())
      if (!Number.isNaN(value)) sum += (output[feature]! - value) ** 2 / (batch.length * features);
  }
  return sum;
}

function outputOf({ layers }: Network, weights: Float64Array, input: readonly number[]): readonly number[] {
  let values = input;
  for (const [index, { inputs, outputs, matrixAt, biasAt }] of layers.entries()) {
    const sums = Array.from({ length: outputs }, (_, output) => {
      let sum = weights[biasAt + output]!;
      for (let from = 0; from < inputs; from++) sum += values[from]! * weights[matrixAt + from * outputs + output]!;
      return sum;
    });
    values = index === layers.length - 1 ? sums : sums.map(Math.tanh);
  }
  return values;
}

async function runStep(weights: Float32Array, mean: Float32Array, variance: Float32Array, rate: number, step: number) {
  const session = await openSession(trainingGraph(net, scaling, batch.length));
  const vector = (values: Float32Array) => new Tensor('float32', values, [values.length]);
  const number = (value: number) => new Tensor('float32', [value], []);
  const results = await session.run({
    rows: matrix(rows, features),
    masks: matrix(masks, features),
    batch: new Tensor('int64', BigInt64Array.from(batch, BigInt), [batch.length]),
    mask_of: new Tensor('int64', BigInt64Array.from(maskOf, BigInt), [batch.length]),
    weights: vector(weights),
    mean: vector(mean),
    variance: vector(variance),
    rate: number(rate),
    mean_correction: number(1 / (1 - adam.beta1 ** step)),
    variance_correction: number(1 / (1 - adam.beta2 ** step)),
  });
  await session.release();
  return (name: string) => results[name]?.data as Float32Array;
}

function randomVector(seed: number, reach: number): Float32Array {
  const random = randomFrom(seed);
  return Float32Array.from({ length: net.weights }, () => random() * reach);
}

describe('the training graph', () => {
  test('its gradient is the numeric difference of the loss, for every weight and bias', async () => {
    const weights = initialWeights(net, 4).map((value, at) => value + 0.1 * Math.sin(at));
    const zeros = new Float32Array(net.weights);
    const result = await runStep(weights, zeros, zeros, 0, 1);
    const exact = Float64Array.from(weights);
    expect(Math.abs(result('loss')[0]! / lossOf(exact) - 1)).toBeLessThan(1e-5);
    const numeric = exact.map((_, at) => {
      const moved = (by: number): number => lossOf(exact.with(at, exact[at]! + by));
      return (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
    const largest = Math.max(...numeric.map(Math.abs));
    expect(largest).toBeGreaterThan(0.01);
    for (const [at, expected] of numeric.entries())
      expect(Math.abs(result('gradient')[at]! - expected) / largest, `weight ${at}`).toBeLessThan(1e-5);
  });

  test('its update is Adam with bias correction', async () => {
    const weights = initialWeights(net, 5);
    const mean = randomVector(6, 0.1);
    const variance = randomVector(7, 0.01);
    const [rate, step] = [0.01, 9];
    const result = await runStep(weights, mean, variance, rate, step);
    for (const [at, gradient] of result('gradient').entries()) {
      const newMean = 0.9 * mean[at]! + 0.1 * gradient;
      const newVariance = 0.999 * variance[at]! + 0.001 * gradient ** 2;
      const direction = newMean / (1 - 0.9 ** step) / (Math.sqrt(newVariance / (1 - 0.999 ** step)) + 1e-8);
      expect(result('new_mean')[at]).toBeCloseTo(newMean, 5);
      expect(result('new_variance')[at]).toBeCloseTo(newVariance, 6);
      expect(result('new_weights')[at]).toBeCloseTo(weights[at]! - rate * direction, 5);
    }
  });
});
