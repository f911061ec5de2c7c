import type { GraphBuilder, Value } from './onnx/graph-builder.ts';

/** Per feature: what is taken off and what is divided by. */
export interface Scaling {
  readonly centre: Float32Array;
  readonly scale: Float32Array;
  /**
   * Scaled values beyond these, the 0.1st and 99.9th percentile, count as these. What a value outside its range makes
   * of the others' expectations is not known to a network that never saw one; that it is outside, other detectors say.
   */
  readonly low: Float32Array;
  readonly high: Float32Array;
  /** Where set, asinh(value / unit) is scaled in place of the value: logarithms that take zeros and signs. */
  readonly units?: Float32Array;
}

/**
 * `feature`: each feature by its own spread. `common`: all by one, which keeps how much they vary beside each other.
 * `ratio`: each by its own spread of logarithms, in which "twice as much" is the same step at night and at noon, and what
 * grows in proportion lies on a straight line.
 */
export type ScalingKind = 'feature' | 'common' | 'ratio';

/** Where logarithms begin to bend to a straight line through 0: this share of a feature's usual size. */
const bendShare = 0.1;

/** Quartiles, then ever wider quantiles, each divided by its distance in a normal distribution. */
const spreads = [
  { low: 0.25, high: 0.75, sigmas: 1.349 },
  { low: 0.05, high: 0.95, sigmas: 3.29 },
  { low: 0.005, high: 0.995, sigmas: 5.152 },
] as const;

/** A feature that never moved: 1 % of its value counts as one unit. */
const constantShare = 0.01;
const leastScale = 1e-6;
/** Not even within its learned range is a value further out than this: one wild value must not outweigh a day. */
const furthest = 10;
const edges = { low: 0.001, high: 0.999 };

/**
 * Median and quantile distances per feature, over the values that are there.
 *
 * @param values rows × features, row after row; NaN is a gap
 */
export function robustScaling(values: Float32Array, features: number, kind: ScalingKind = 'feature'): Scaling {
  const centre = new Float32Array(features);
  const scale = new Float32Array(features);
  const low = new Float32Array(features);
  const high = new Float32Array(features);
  const units = kind === 'ratio' ? new Float32Array(features) : undefined;
  let squares = 0;
  for (let feature = 0; feature < features; feature++) {
    let column = columnOf(values, features, feature).sort();
    if (units !== undefined) {
      const unit = bendShare * usualSize(column);
      units[feature] = unit;
      column = column.map((value) => Math.asinh(value / unit));
    }
    const at = (quantile: number): number => column[Math.round(quantile * (column.length - 1))] ?? 0;
    centre[feature] = at(0.5);
    low[feature] = at(edges.low);
    high[feature] = at(edges.high);
    const found = spreads.map(({ low, high, sigmas }) => (at(high) - at(low)) / sigmas).find((spread) => spread > 0);
    const least = Math.max(leastScale, Math.abs(at(0.5)) * (found === undefined ? constantShare : 1e-5));
    scale[feature] = Math.max(found ?? 0, least);
    squares += (found ?? 0) ** 2;
  }
  if (kind === 'common') scale.fill(Math.max(leastScale, Math.sqrt(squares / features)));
  const scaled = (value: number, feature: number): number =>
    Math.max(-furthest, Math.min(furthest, (value - centre[feature]!) / scale[feature]!));
  return { centre, scale, low: low.map(scaled), high: high.map(scaled), ...(units === undefined ? {} : { units }) };
}

/** The values of one feature that are there. */
function columnOf(values: Float32Array, features: number, feature: number): Float32Array {
  const column = new Float32Array(values.length / features);
  let count = 0;
  for (let at = feature; at < values.length; at += features) {
    const value = values[at]!;
    if (Number.isFinite(value)) column[count++] = value;
  }
  return column.subarray(0, count);
}

/** Median size of what is not 0. */
function usualSize(column: Float32Array): number {
  const sizes = column
    .filter((value) => value !== 0)
    .map(Math.abs)
    .sort();
  return sizes[sizes.length >> 1] ?? 1;
}

export interface ScaledValues {
  /** [rows, features], 0 where the value is missing. */
  readonly scaled: Value;
  /** 1 where a value is there, 0 where it is missing. */
  readonly present: Value;
}

/** The scaling as nodes of a graph: (raw − centre) / scale, no further than the bounds, gaps set to 0. */
export function scaleInGraph(
  graph: GraphBuilder,
  raw: Value,
  { centre, scale, low, high, units }: Scaling,
): ScaledValues {
  const zero = graph.scalar('zero', 0);
  const missing = graph.op('IsNaN', [raw]);
  const bent =
    units === undefined
      ? raw
      : graph.op('Asinh', [graph.op('Div', [raw, graph.constant('units', units, [units.length])])]);
  const shifted = graph.op('Sub', [bent, graph.constant('centre', centre, [centre.length])]);
  const divided = graph.op('Div', [shifted, graph.constant('scale', scale, [scale.length])]);
  const raised = graph.op('Max', [divided, graph.constant('low', low, [low.length])]);
  const bounded = graph.op('Min', [raised, graph.constant('high', high, [high.length])]);
  const scaled = graph.op('Where', [missing, zero, bounded]);
  return { scaled, present: graph.op('Where', [missing, zero, graph.scalar('one', 1)]) };
}
