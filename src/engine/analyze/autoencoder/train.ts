import { Effect } from 'effect';
import { TrainingRefused } from './errors.ts';
import { Evaluator } from './evaluator.ts';
import { inferenceGraph } from './inference-graph.ts';
import { sealModel } from './model-file.ts';
import { initialWeights, network } from './network.ts';
import { trainingPlan, type RowShape, type TrainingOptions, type TrainingPlan } from './options.ts';
import { randomFrom, shuffle } from './random.ts';
import { robustScaling } from './robust-scaling.ts';
import { scoreInBlocks, type WindowErrors } from './score.ts';
import { openSession } from './session.ts';
import { drawMaskNumbers, Stepper } from './stepper.ts';

export interface EpochLoss {
  /** Mean over the pass's steps, with hidden inputs. */
  readonly training: number;
  /** Over the held-back rows, nothing hidden; this one decides. */
  readonly heldBack: number;
}

/** What the finished model gives on rows that it was not trained on: what error is usual. */
export interface HeldBackErrors {
  readonly rows: number;
  readonly loss: number;
  /** Quantiles of the row errors. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /**
   * Per feature the 99th percentile of its error's size, over the held-back rows or over all, whichever is larger:
   * what moves slowly hardly moves while it is held back. A feature error is news when it is some times that.
   */
  readonly features: readonly number[];
}

export interface TrainedModel {
  /** The inference graph with weights and scaling, a file for any ONNX tool. */
  readonly onnx: Uint8Array;
  readonly features: number;
  readonly hidden: readonly number[];
  readonly seed: number;
  readonly losses: readonly EpochLoss[];
  /** The pass (from 0) whose weights were kept. */
  readonly bestEpoch: number;
  readonly heldBack: HeldBackErrors;
}

/**
 * Trains an autoencoder inside ONNX Runtime on rows in the order of time; the newest `heldBackShare` decides when to
 * stop. The same rows, options and seed give the same model on one kind of processor.
 *
 * @param rows rows × features, row after row, in the features' own units; NaN is a gap
 */
export function trainAutoencoder(
  rows: Float32Array,
  shape: RowShape,
  options: TrainingOptions = {},
): Effect.Effect<TrainedModel, TrainingRefused> {
  const plan = trainingPlan(rows, shape, options);
  if (plan instanceof TrainingRefused) return Effect.fail(plan);
  return Effect.tryPromise({
    try: (signal) =>
      train(rows, shape, { ...plan, signal: plan.signal ? AbortSignal.any([plan.signal, signal]) : signal }),
    catch: (cause) => new TrainingRefused({ reason: cause instanceof Error ? cause.message : String(cause) }),
  });
}

async function train(
  rows: Float32Array,
  { rows: count, features }: RowShape,
  plan: TrainingPlan,
): Promise<TrainedModel> {
  const heldBackRows = Math.max(1, Math.round(count * plan.heldBackShare));
  const learned = rows.subarray(0, (count - heldBackRows) * features);
  const heldBack = rows.subarray(learned.length);
  const net = network(features, plan.hidden);
  const scaling = robustScaling(learned, features, plan.scaling);
  const batchRows = Math.min(plan.batchRows, count - heldBackRows);
  const inputs = { rows: learned, batchRows, hiddenShare: plan.hiddenShare, seed: plan.seed };
  const stepper = await Stepper.open(net, scaling, initialWeights(net, plan.seed), inputs);
  const evaluator = await Evaluator.open(net, scaling, heldBack);
  try {
    const { losses, bestEpoch, weights } = await descend(stepper, evaluator, count - heldBackRows, batchRows, plan);
    const onnx = sealModel(inferenceGraph(net, scaling, weights));
    const all = await errorsOf(onnx, rows, features);
    const sorted = all.errors.slice(-heldBackRows).sort();
    const ofHeldBack = usualSizes(all.featureErrors.subarray(learned.length), features);
    return {
      onnx,
      features,
      hidden: plan.hidden,
      seed: plan.seed,
      losses,
      bestEpoch,
      heldBack: {
        rows: heldBackRows,
        loss: losses[bestEpoch]!.heldBack,
        p50: quantileOf(sorted, 0.5),
        p99: quantileOf(sorted, 0.99),
        p999: quantileOf(sorted, 0.999),
        features: usualSizes(all.featureErrors, features).map((size, feature) => Math.max(size, ofHeldBack[feature]!)),
      },
    };
  } finally {
    await Promise.all([stepper.close(), evaluator.close()]);
  }
}

interface Descent {
  readonly losses: readonly EpochLoss[];
  readonly bestEpoch: number;
  readonly weights: Float32Array;
}

async function descend(
  stepper: Stepper,
  evaluator: Evaluator,
  rows: number,
  batchRows: number,
  plan: TrainingPlan,
): Promise<Descent> {
  const random = randomFrom(plan.seed + 1);
  const order = Int32Array.from({ length: rows }, (_, row) => row);
  const batch = new BigInt64Array(batchRows);
  const maskOf = new BigInt64Array(batchRows);
  // The last rows of a pass that fill no batch wait for another pass: the order is new each time.
  const stepsPerEpoch = Math.floor(rows / batchRows);
  const losses: EpochLoss[] = [];
  let bestEpoch = 0;
  let weights = stepper.weights;
  for (let epoch = 0; epoch < plan.epochs && epoch - bestEpoch <= plan.patience; epoch++) {
    shuffle(order, random);
    let sum = 0;
    for (let step = 0; step < stepsPerEpoch; step++) {
      plan.signal?.throwIfAborted();
      for (let row = 0; row < batchRows; row++) batch[row] = BigInt(order[step * batchRows + row]!);
      drawMaskNumbers(maskOf, random);
      const done = (epoch * stepsPerEpoch + step) / (plan.epochs * stepsPerEpoch);
      sum += await stepper.step(batch, maskOf, plan.learningRate * cosine(done));
    }
    const heldBack = mean(await evaluator.errors(stepper.weights));
    losses.push({ training: sum / stepsPerEpoch, heldBack });
    if (epoch > 0 && !(heldBack < losses[bestEpoch]!.heldBack)) continue;
    bestEpoch = epoch;
    weights = stepper.weights;
  }
  return { losses, bestEpoch, weights };
}

/** Per feature the 99th percentile of its error's size. */
function usualSizes(featureErrors: Float32Array, features: number): readonly number[] {
  const sizes = new Float32Array(featureErrors.length / features);
  return Array.from({ length: features }, (_, feature) => {
    for (let row = 0; row < sizes.length; row++) sizes[row] = Math.abs(featureErrors[row * features + feature]!);
    return quantileOf(sizes.sort(), 0.99);
  });
}

/** What the finished file says of these rows. */
async function errorsOf(onnx: Uint8Array, rows: Float32Array, features: number): Promise<WindowErrors> {
  const session = await openSession(onnx);
  try {
    return await scoreInBlocks(session, rows, features);
  } finally {
    await session.release();
  }
}

function quantileOf(sorted: Float32Array, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))]!;
}

/** The learning rate's way from 1 to 0.02 (Loshchilov and Hutter 2017, without restarts). */
function cosine(done: number): number {
  return 0.02 + 0.49 * (1 + Math.cos(Math.PI * done));
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
