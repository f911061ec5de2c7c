import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { evaluationGraph } from './inference-graph.ts';
import type { Network } from './network.ts';
import type { Scaling } from './robust-scaling.ts';
import { floatsOf, matrix, openSession } from './session.ts';

/** Row errors of the held-back rows under any weights. */
export class Evaluator {
  readonly #session: InferenceSession;
  readonly #windows: Tensor;

  private constructor(session: InferenceSession, windows: Tensor) {
    this.#session = session;
    this.#windows = windows;
  }

  static async open(network: Network, scaling: Scaling, rows: Float32Array): Promise<Evaluator> {
    return new Evaluator(await openSession(evaluationGraph(network, scaling)), matrix(rows, network.features));
  }

  async errors(weights: Float32Array): Promise<Float32Array> {
    const results = await this.#session.run({
      windows: this.#windows,
      weights: new Tensor('float32', weights, [weights.length]),
    });
    return floatsOf(results, 'errors');
  }

  close(): Promise<void> {
    return this.#session.release();
  }
}
