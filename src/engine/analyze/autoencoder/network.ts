import type { GraphBuilder, Value } from './onnx/graph-builder.ts';
import { randomFrom } from './random.ts';

/** One dense layer, and where its numbers lie in the flat vector of all weights: the matrix row after row, then the bias. */
export interface Layer {
  readonly inputs: number;
  readonly outputs: number;
  readonly matrixAt: number;
  readonly biasAt: number;
}

export interface Network {
  readonly features: number;
  readonly layers: readonly Layer[];
  /** How many numbers the network has. */
  readonly weights: number;
}

/** features → hidden… → features; tanh between the layers, the last one linear. */
export function network(features: number, hidden: readonly number[]): Network {
  const sizes = [features, ...hidden, features];
  const layers: Layer[] = [];
  let at = 0;
  for (const [index, inputs] of sizes.slice(0, -1).entries()) {
    const outputs = sizes[index + 1]!;
    layers.push({ inputs, outputs, matrixAt: at, biasAt: at + inputs * outputs });
    at += (inputs + 1) * outputs;
  }
  return { features, layers, weights: at };
}

/** Half of the features, an eighth, half again: 64-32-8-32-64. */
export function defaultHidden(features: number): readonly number[] {
  const outer = Math.max(2, Math.ceil(features / 2));
  return [outer, Math.max(1, Math.ceil(features / 8)), outer];
}

/** Matrices uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010, for tanh), biases 0. */
export function initialWeights({ layers, weights }: Network, seed: number): Float32Array {
  const random = randomFrom(seed);
  const values = new Float32Array(weights);
  for (const { inputs, outputs, matrixAt, biasAt } of layers) {
    const reach = Math.sqrt(6 / (inputs + outputs));
    for (let at = matrixAt; at < biasAt; at++) values[at] = (random() * 2 - 1) * reach;
  }
  return values;
}

export interface LayerValues {
  readonly matrix: Value;
  readonly bias: Value;
}

/** The layers' tensors, cut out of the flat vector inside the graph. */
export function unpackWeights(graph: GraphBuilder, { layers }: Network, weights: Value): readonly LayerValues[] {
  const sizes = layers.flatMap(({ inputs, outputs }) => [inputs * outputs, outputs]);
  const parts = graph.split('Split', [weights, graph.integers('weight_sizes', sizes)], sizes.length, { axis: 0 });
  return layers.map(({ inputs, outputs }, index) => ({
    matrix: graph.op('Reshape', [parts[index * 2]!, graph.integers(`matrix_shape_${index}`, [inputs, outputs])]),
    bias: parts[index * 2 + 1]!,
  }));
}

/** What every layer gives, the network's input first; all are [rows, layer size]. */
export function forward(graph: GraphBuilder, layers: readonly LayerValues[], input: Value): readonly Value[] {
  const values = [input];
  for (const [index, { matrix, bias }] of layers.entries()) {
    const sum = graph.op('Gemm', [values[index]!, matrix, bias]);
    values.push(index === layers.length - 1 ? sum : graph.op('Tanh', [sum]));
  }
  return values;
}
