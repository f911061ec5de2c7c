import { Tensor, type InferenceSession } from 'onnxruntime-node';
import type { Network } from './network.ts';
import { randomFrom } from './random.ts';
import type { Scaling } from './robust-scaling.ts';
import { floatsOf, matrix, openSession } from './session.ts';
import { adam, trainingGraph } from './training-graph.ts';

/** How many masks are drawn; each row of each batch takes one of them at random. */
const maskCount = 1024;

export interface StepInputs {
  /** [rows, features] */
  readonly rows: Float32Array;
  readonly batchRows: number;
  readonly hiddenShare: number;
  readonly seed: number;
}

/** The state of one training run: weights and moments live here between two runs of the training graph. */
export class Stepper {
  weights: Float32Array;
  readonly masks: Float32Array;
  readonly #session: InferenceSession;
  readonly #network: Network;
  readonly #rows: Tensor;
  readonly #masks: Tensor;
  #state: { readonly weights: Tensor; readonly mean: Tensor; readonly variance: Tensor };
  #steps = 0;

  private constructor(session: InferenceSession, network: Network, weights: Float32Array, inputs: StepInputs) {
    this.#session = session;
    this.#network = network;
    this.weights = weights;
    this.masks = drawMasks(network.features, inputs.hiddenShare, inputs.seed);
    this.#rows = matrix(inputs.rows, network.features);
    this.#masks = matrix(this.masks, network.features);
    this.#state = {
      weights: this.#vector(weights),
      mean: this.#vector(new Float32Array(network.weights)),
      variance: this.#vector(new Float32Array(network.weights)),
    };
  }

  static async open(network: Network, scaling: Scaling, weights: Float32Array, inputs: StepInputs): Promise<Stepper> {
    const session = await openSession(trainingGraph(network, scaling, inputs.batchRows));
    return new Stepper(session, network, weights, inputs);
  }

  /**
   * @param batch which rows
   * @param maskOf which mask each of them gets
   * @returns the loss before the step
   */
  async step(batch: BigInt64Array, maskOf: BigInt64Array, rate: number): Promise<number> {
    this.#steps++;
    const results = await this.#session.run(
      {
        rows: this.#rows,
        masks: this.#masks,
        batch: new Tensor('int64', batch, [batch.length]),
        mask_of: new Tensor('int64', maskOf, [maskOf.length]),
        weights: this.#state.weights,
        mean: this.#state.mean,
        variance: this.#state.variance,
        rate: scalar(rate),
        mean_correction: scalar(1 / (1 - adam.beta1 ** this.#steps)),
        variance_correction: scalar(1 / (1 - adam.beta2 ** this.#steps)),
      },
      ['loss', 'new_weights', 'new_mean', 'new_variance'],
    );
    this.weights = floatsOf(results, 'new_weights');
    this.#state = {
      weights: this.#vector(this.weights),
      mean: this.#vector(floatsOf(results, 'new_mean')),
      variance: this.#vector(floatsOf(results, 'new_variance')),
    };
    return floatsOf(results, 'loss')[0]!;
  }

  close(): Promise<void> {
    return this.#session.release();
  }

  #vector(values: Float32Array): Tensor {
    return new Tensor('float32', values, [this.#network.weights]);
  }
}

/** [maskCount, features], 0 for an input that is hidden, 1 for one that is shown. */
function drawMasks(features: number, hiddenShare: number, seed: number): Float32Array {
  const random = randomFrom(seed ^ 0x5eed);
  return Float32Array.from({ length: maskCount * features }, () => (random() < hiddenShare ? 0 : 1));
}

/** Draws the masks' numbers for a batch. */
export function drawMaskNumbers(into: BigInt64Array, random: () => number): void {
  for (let row = 0; row < into.length; row++) into[row] = BigInt(Math.floor(random() * maskCount));
}

function scalar(value: number): Tensor {
  return new Tensor('float32', Float32Array.of(value), []);
}
