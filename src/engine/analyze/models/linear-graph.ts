import { GraphBuilder } from '../autoencoder/onnx/graph-builder.ts';
import { scaleInGraph } from '../autoencoder/robust-scaling.ts';
import type { LinearModel } from './linear-model.ts';
import type { OnnxParts } from './onnx-parts.ts';

/**
 * The linear model as an ONNX graph with the inputs and outputs of the autoencoder's: `windows` [windows, features] raw
 * values, NaN for gaps; `feature_errors` [windows, features], `errors` [windows].
 */
export function linearGraph({ scaling, components }: LinearModel): Uint8Array {
  const columns = scaling.centre.length;
  const count = components.directions.length / columns;
  const graph = new GraphBuilder('linear');
  const windows = graph.input('windows', 'float', ['windows', columns]);
  const { scaled, present } = scaleInGraph(graph, windows, scaling);
  const mean = graph.constant('mean', Float32Array.from(components.mean), [columns]);
  const directions = graph.constant('directions', Float32Array.from(components.directions), [count, columns]);
  const centred = graph.op('Sub', [scaled, mean]);
  const along = graph.op('Gemm', [centred, directions], { transB: 1 });
  const left = graph.op('Sub', [centred, graph.op('MatMul', [along, directions])]);
  const featureErrors = graph.op('Mul', [left, present]);
  const overFeatures = graph.integers('over_features', [1]);
  const squares = graph.op('ReduceSumSquare', [featureErrors, overFeatures], { keepdims: 0 });
  const found = graph.op('ReduceSum', [present, overFeatures], { keepdims: 0 });
  // A window without any value has no error, rather than 0 / 0.
  const errors = graph.op('Div', [squares, graph.op('Max', [found, graph.scalar('at_least_one', 1)])]);
  graph.output('errors', errors, ['windows']);
  graph.output('feature_errors', featureErrors, ['windows', columns]);
  return graph.build();
}

/** The numbers of such a graph, to be worked with as plain arithmetic; `null` where some are missing or do not fit. */
export function linearOf({ tensors }: OnnxParts, columns: number): LinearModel | null {
  const vector = (name: string): Float32Array | null => {
    const values = tensors.get(name)?.values;
    return values?.length === columns ? values : null;
  };
  const [centre, scale, low, high] = [vector('centre'), vector('scale'), vector('low'), vector('high')];
  const [units, mean] = [vector('units'), vector('mean')];
  const directions = tensors.get('directions')?.values;
  if (centre === null || scale === null || low === null || high === null || units === null || mean === null)
    return null;
  if (directions === undefined || directions.length === 0 || directions.length % columns !== 0) return null;
  return {
    scaling: { centre, scale, low, high, units },
    components: { mean: [...mean], directions: [...directions] },
  };
}
