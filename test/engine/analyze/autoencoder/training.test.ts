import { Cause, Effect, Exit } from 'effect';
import { describe, expect, test } from 'vitest';
import { scoreWindows } from '../../../../src/engine/analyze/autoencoder/score.ts';
import { trainAutoencoder } from '../../../../src/engine/analyze/autoencoder/train.ts';
import { correlatedRows, noiseRows } from './support/rows.ts';

const features = 8;
const shape = { rows: 1000, features };

describe('training', () => {
  test('finds a combination that is wrong although every value is one of everyday', async () => {
    const model = await Effect.runPromise(
      trainAutoencoder(correlatedRows(1000, features, 1), shape, { hidden: [6, 1, 6] }),
    );
    expect(model.losses[model.bestEpoch]!.heldBack).toBeLessThan(model.losses[0]!.heldBack / 5);
    // Two moments of other rows: the one's even features beside the other's odd ones.
    const others = correlatedRows(400, features, 2);
    const high = others.findIndex((value, at) => at % features === 0 && value > 5.8);
    const low = others.findIndex((value, at) => at % features === 0 && value < 4.2);
    const mixed = Float32Array.from({ length: features }, (_, at) => others[(at === 3 ? low : high) + at]!);
    const usual = await Effect.runPromise(scoreWindows(model, others));
    const wrong = await Effect.runPromise(scoreWindows(model, mixed));
    const falseAlarms = usual.errors.filter((error) => error > model.heldBack.p999 * 2).length;
    expect(falseAlarms).toBeLessThanOrEqual(2);
    expect(wrong.errors[0]).toBeGreaterThan(model.heldBack.p999 * 10);
    const shares = [...wrong.featureErrors].map(Math.abs);
    expect(shares.indexOf(Math.max(...shares))).toBe(3);
  });

  test('is decided by the seed', async () => {
    const rows = correlatedRows(300, features, 3);
    const train = (seed: number) =>
      Effect.runPromise(trainAutoencoder(rows, { rows: 300, features }, { seed, epochs: 5 }));
    const [first, again, other] = [await train(1), await train(1), await train(2)];
    expect(Buffer.compare(first.onnx, again.onnx)).toBe(0);
    expect(first.losses).toEqual(again.losses);
    expect(Buffer.compare(first.onnx, other.onnx)).not.toBe(0);
  });

  test('stops when the held-back rows get no better, and keeps the best weights', async () => {
    const rows = noiseRows(200, features, 4);
    const options = {
      hidden: [32, 7, 32],
      epochs: 400,
      patience: 5,
      hiddenShare: 0,
      learningRate: 0.01,
      batchRows: 16,
    };
    const model = await Effect.runPromise(trainAutoencoder(rows, { rows: 200, features }, options));
    expect(model.losses.length).toBeLessThan(400);
    expect(model.losses.length - 1 - model.bestEpoch).toBe(5);
    const best = Math.min(...model.losses.map(({ heldBack }) => heldBack));
    expect(model.heldBack.loss).toBe(best);
    const { errors } = await Effect.runPromise(scoreWindows(model, rows.subarray(160 * features)));
    expect(errors.reduce((sum, error) => sum + error, 0) / errors.length).toBeCloseTo(best, 4);
  });

  test('gaps, constant features and wild values leave every number finite', async () => {
    const rows = correlatedRows(400, features, 5);
    for (let row = 0; row < 400; row++) rows[row * features + 2] = 7;
    for (let row = 0; row < 400; row++) rows[row * features + 4] = Number.NaN;
    rows.fill(Number.NaN, 50 * features, 52 * features);
    rows[60 * features] = Number.POSITIVE_INFINITY;
    rows[61 * features] = 1e30;
    const model = await Effect.runPromise(trainAutoencoder(rows, { rows: 400, features }, { epochs: 4 }));
    const { errors, featureErrors } = await Effect.runPromise(scoreWindows(model, rows));
    expect(errors.every(Number.isFinite)).toBe(true);
    expect(featureErrors.every(Number.isFinite)).toBe(true);
    expect(errors[50]).toBe(0);
    expect(model.losses.flatMap(Object.values).every(Number.isFinite)).toBe(true);
  });

  test('says why rows cannot be trained on', async () => {
    const refusal = (rows: number, length: number, options = {}) =>
      Effect.runPromise(Effect.flip(trainAutoencoder(new Float32Array(length), { rows, features }, options)));
    expect(await refusal(30, 30 * features)).toMatchObject({ _tag: 'TrainingRefused', reason: /30 rows/ });
    expect(await refusal(100, 99 * features)).toMatchObject({ reason: /792 values are not 100 rows/ });
    expect(await refusal(100, 100 * features, { hidden: [0] })).toMatchObject({ reason: /layers/ });
    expect(await refusal(100, 100 * features, { heldBackShare: 1 })).toMatchObject({ reason: /heldBackShare/ });
  });

  test('ends between two steps when it is interrupted', async () => {
    const rows = noiseRows(20_000, features, 6);
    const training = trainAutoencoder(rows, { rows: 20_000, features }, { epochs: 100_000, patience: 100_000 });
    const exit = await Effect.runPromiseExit(Effect.timeout(training, 200));
    expect(Exit.isFailure(exit) && Cause.hasFails(exit.cause)).toBe(true);
  });
});
