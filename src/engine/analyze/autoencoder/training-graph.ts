import { forward, unpackWeights, type LayerValues, type Network } from './network.ts';
import { GraphBuilder, type Value } from './onnx/graph-builder.ts';
import { scaleInGraph, type Scaling } from './robust-scaling.ts';

/** Kingma and Ba 2015, Algorithm 1, with the constants they recommend. */
export const adam = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

/**
 * One step of training as one ONNX graph: rows are gathered, scaled, masked and passed through the network; the loss is
 * the mean over batch × features of (reconstruction − scaled value)², values that are missing left out; its gradients
 * and Adam's update follow.
 *
 * Inputs: `rows` [rows, features] raw values, NaN for gaps; `batch` [batch] which of them; `masks` [masks, features]
 * of 0 (hidden from the network) and 1, `mask_of` [batch] which mask each row gets; `weights`, `mean`, `variance`
 * [weights] the network and Adam's two moments; `rate` the learning rate; `mean_correction` 1 / (1 − β₁ᵗ) and
 * `variance_correction` 1 / (1 − β₂ᵗ) of step t.
 * Outputs: `loss` before the step, `gradient`, and `new_weights`, `new_mean`, `new_variance`.
 */
export function trainingGraph(network: Network, scaling: Scaling, batchRows: number): Uint8Array {
  const { features, weights: size } = network;
  const graph = new GraphBuilder('autoencoder_training');
  const rows = graph.input('rows', 'float', ['rows', features]);
  const batch = graph.input('batch', 'int64', [batchRows]);
  const masks = graph.input('masks', 'float', ['masks', features]);
  const maskOf = graph.input('mask_of', 'int64', [batchRows]);
  const weights = graph.input('weights', 'float', [size]);

  const raw = graph.op('Gather', [rows, batch], { axis: 0 });
  const { scaled, present } = scaleInGraph(graph, raw, scaling);
  const shown = graph.op('Mul', [scaled, graph.op('Gather', [masks, maskOf], { axis: 0 })]);
  const layers = unpackWeights(graph, network, weights);
  const values = forward(graph, layers, shown);

  const difference = graph.op('Mul', [graph.op('Sub', [values.at(-1)!, scaled]), present]);
  const loss = graph.op('ReduceMean', [graph.op('Mul', [difference, difference])], { keepdims: 0 });
  graph.output('loss', loss, []);

  const outputGradient = graph.op('Mul', [difference, graph.scalar('two_per_value', 2 / (batchRows * features))]);
  const gradient = backward(graph, layers, values, outputGradient);
  graph.output('gradient', gradient, [size]);
  adamStep(graph, weights, gradient, size);
  return graph.build();
}

/**
 * Back-propagation from the last layer to the first, as one vector in the order of the weights. With z = hW + b:
 * ∂W = hᵀ∂z, ∂b = Σ∂z over rows, ∂h = ∂zWᵀ, and through tanh ∂z = ∂h·(1 − h²).
 */
function backward(graph: GraphBuilder, layers: readonly LayerValues[], values: readonly Value[], last: Value): Value {
  const flat = graph.integers('flat', [-1]);
  const overRows = graph.integers('over_rows', [0]);
  const one = graph.scalar('one_for_tanh', 1);
  const gradients: Value[] = [];
  let ofSum = last;
  for (let index = layers.length - 1; index >= 0; index--) {
    const input = values[index]!;
    const ofMatrix = graph.op('Gemm', [input, ofSum], { transA: 1 });
    const ofBias = graph.op('ReduceSum', [ofSum, overRows], { keepdims: 0 });
    gradients.unshift(graph.op('Reshape', [ofMatrix, flat]), ofBias);
    if (index === 0) break;
    const ofInput = graph.op('Gemm', [ofSum, layers[index]!.matrix], { transB: 1 });
    const slope = graph.op('Sub', [one, graph.op('Mul', [input, input])]);
    ofSum = graph.op('Mul', [ofInput, slope]);
  }
  return graph.op('Concat', gradients, { axis: 0 });
}

function adamStep(graph: GraphBuilder, weights: Value, gradient: Value, size: number): void {
  const mean = graph.input('mean', 'float', [size]);
  const variance = graph.input('variance', 'float', [size]);
  const rate = graph.input('rate', 'float', []);
  const meanCorrection = graph.input('mean_correction', 'float', []);
  const varianceCorrection = graph.input('variance_correction', 'float', []);
  const blend = (old: Value, fresh: Value, name: string, keep: number): Value =>
    graph.op('Add', [
      graph.op('Mul', [old, graph.scalar(`keep_${name}`, keep)]),
      graph.op('Mul', [fresh, graph.scalar(`take_${name}`, 1 - keep)]),
    ]);
  const newMean = blend(mean, gradient, 'mean', adam.beta1);
  const newVariance = blend(variance, graph.op('Mul', [gradient, gradient]), 'variance', adam.beta2);
  const deviation = graph.op('Sqrt', [graph.op('Mul', [newVariance, varianceCorrection])]);
  const direction = graph.op('Div', [
    graph.op('Mul', [newMean, meanCorrection]),
    graph.op('Add', [deviation, graph.scalar('epsilon', adam.epsilon)]),
  ]);
  graph.output('new_weights', graph.op('Sub', [weights, graph.op('Mul', [direction, rate])]), [size]);
  graph.output('new_mean', newMean, [size]);
  graph.output('new_variance', newVariance, [size]);
}
