import { forward, unpackWeights, type LayerValues, type Network } from './network.ts';
import { GraphBuilder, type Value } from './onnx/graph-builder.ts';
import { scaleInGraph, type Scaling } from './robust-scaling.ts';

/**
 * The finished model: scaling and weights are part of the file. Input `windows` [windows, features] raw values, NaN for
 * gaps; outputs `feature_errors` [windows, features], how far each value lies above what the others let expect
 * (scaled, clipped units; 0 where it is missing), and `errors` [windows], the mean of their squares over the values
 * that are there.
 */
export function inferenceGraph(network: Network, scaling: Scaling, weights: Float32Array): Uint8Array {
  const graph = new GraphBuilder('autoencoder');
  const windows = graph.input('windows', 'float', ['windows', network.features]);
  const layers = network.layers.map(({ inputs, outputs, matrixAt, biasAt }, index) => ({
    matrix: graph.constant(`layer_${index}_matrix`, weights.slice(matrixAt, biasAt), [inputs, outputs]),
    bias: graph.constant(`layer_${index}_bias`, weights.slice(biasAt, biasAt + outputs), [outputs]),
  }));
  const { featureErrors, errors } = errorsOf(graph, windows, layers, scaling);
  graph.output('errors', errors, ['windows']);
  graph.output('feature_errors', featureErrors, ['windows', network.features]);
  return graph.build();
}

/** While training: the same errors, with `weights` [weights] as an input; only `errors` [windows] comes out. */
export function evaluationGraph(network: Network, scaling: Scaling): Uint8Array {
  const graph = new GraphBuilder('autoencoder_evaluation');
  const windows = graph.input('windows', 'float', ['windows', network.features]);
  const weights = graph.input('weights', 'float', [network.weights]);
  const { errors } = errorsOf(graph, windows, unpackWeights(graph, network, weights), scaling);
  graph.output('errors', errors, ['windows']);
  return graph.build();
}

function errorsOf(
  graph: GraphBuilder,
  windows: Value,
  layers: readonly LayerValues[],
  scaling: Scaling,
): { readonly featureErrors: Value; readonly errors: Value } {
  const { scaled, present } = scaleInGraph(graph, windows, scaling);
  const expected = forward(graph, layers, scaled).at(-1)!;
  const featureErrors = graph.op('Mul', [graph.op('Sub', [scaled, expected]), present]);
  const overFeatures = graph.integers('over_features', [1]);
  const squares = graph.op('ReduceSumSquare', [featureErrors, overFeatures], { keepdims: 0 });
  const count = graph.op('ReduceSum', [present, overFeatures], { keepdims: 0 });
  // A window without any value has no error, rather than 0 / 0.
  const divisor = graph.op('Max', [count, graph.scalar('at_least_one', 1)]);
  return { featureErrors, errors: graph.op('Div', [squares, divisor]) };
}
