import { bytesField, concat, floatField, messageField, textField, varintField, type Field } from './wire.ts';

/**
 * The messages of an ONNX file. Field numbers are those of `onnx.proto` (IR version 8); operator set 18 is the first
 * in which all reductions take their axes as an input, and is read by every ONNX Runtime since 1.14.
 */

const irVersion = 8;
const operatorSet = 18;

export type Shape = readonly (number | string)[];

/** `float` and `int64` are the only element types that our graphs use. */
export type TensorValues = Float32Array | BigInt64Array;
export type ElementType = 'float' | 'int64';

const elementTypes: Readonly<Record<ElementType, number>> = { float: 1, int64: 7 };
const attributeTypes = { float: 1, int: 2 };

/** Whole numbers are `int` attributes, `{float}` are floating-point ones. */
export type Attribute = number | { readonly float: number };

export interface GraphParts {
  readonly name: string;
  readonly nodes: readonly Field[];
  readonly initializers: readonly Field[];
  readonly inputs: readonly Field[];
  readonly outputs: readonly Field[];
}

export function nodeField(
  operator: string,
  name: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): Field {
  return messageField(1, [
    ...inputs.map((input) => textField(1, input)),
    ...outputs.map((output) => textField(2, output)),
    textField(3, name),
    textField(4, operator),
    ...Object.entries(attributes).map(([key, value]) => attributeField(key, value)),
  ]);
}

function attributeField(name: string, value: Attribute): Field {
  return messageField(
    5,
    typeof value === 'number'
      ? [textField(1, name), varintField(3, value), varintField(20, attributeTypes.int)]
      : [textField(1, name), floatField(2, value.float), varintField(20, attributeTypes.float)],
  );
}

export function initializerField(name: string, values: TensorValues, shape: readonly number[]): Field {
  return messageField(5, [
    ...shape.map((size) => varintField(1, size)),
    varintField(2, elementTypes[values instanceof Float32Array ? 'float' : 'int64']),
    textField(8, name),
    // Raw data is little-endian, as the arrays are on every machine that ONNX Runtime supports.
    bytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/** A dimension given by a name may have any size. */
export function valueField(kind: 'input' | 'output', name: string, type: ElementType, shape: Shape): Field {
  const dimensions = shape.map((size) =>
    messageField(1, [typeof size === 'number' ? varintField(1, size) : textField(2, size)]),
  );
  const tensor = messageField(1, [varintField(1, elementTypes[type]), messageField(2, dimensions)]);
  return messageField(kind === 'input' ? 11 : 12, [textField(1, name), messageField(2, [tensor])]);
}

export function modelBytes(graph: GraphParts): Uint8Array {
  return concat([
    varintField(1, irVersion),
    textField(2, 'obs'),
    messageField(7, [
      ...graph.nodes,
      textField(2, graph.name),
      ...graph.initializers,
      ...graph.inputs,
      ...graph.outputs,
    ]),
    messageField(8, [textField(1, ''), varintField(2, operatorSet)]),
  ]);
}

/** One entry of `metadata_props`, which may follow a model's other fields. */
export function metadataField(key: string, value: string): Field {
  return messageField(14, [textField(1, key), textField(2, value)]);
}
