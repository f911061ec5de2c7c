import {
  initializerField,
  modelBytes,
  nodeField,
  valueField,
  type Attribute,
  type ElementType,
  type Shape,
  type TensorValues,
} from './messages.ts';
import type { Field } from './wire.ts';

/** The name of a tensor inside one graph. */
export type Value = string;

/** Puts an ONNX graph together, node after node; operators are those of the ONNX specification. */
export class GraphBuilder {
  readonly #name: string;
  readonly #nodes: Field[] = [];
  readonly #initializers: Field[] = [];
  readonly #inputs: Field[] = [];
  readonly #outputs: Field[] = [];
  #count = 0;

  constructor(name: string) {
    this.#name = name;
  }

  input(name: string, type: ElementType, shape: Shape): Value {
    this.#inputs.push(valueField('input', name, type, shape));
    return name;
  }

  /** A tensor that is part of the file. */
  constant(name: string, values: TensorValues, shape: readonly number[]): Value {
    this.#initializers.push(initializerField(name, values, shape));
    return name;
  }

  scalar(name: string, value: number): Value {
    return this.constant(name, Float32Array.of(value), []);
  }

  integers(name: string, values: readonly number[]): Value {
    return this.constant(name, BigInt64Array.from(values, BigInt), [values.length]);
  }

  op(operator: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    const [value] = this.split(operator, inputs, 1, attributes);
    return value!;
  }

  /** A node with several outputs. */
  split(
    operator: string,
    inputs: readonly Value[],
    outputs: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): readonly Value[] {
    const name = `${operator}_${this.#count++}`;
    const values = Array.from({ length: outputs }, (_, index) => (outputs === 1 ? name : `${name}_${index}`));
    this.#nodes.push(nodeField(operator, name, inputs, values, attributes));
    return values;
  }

  /** Hands a tensor out under its own name. */
  output(name: string, value: Value, shape: Shape): void {
    this.#nodes.push(nodeField('Identity', `output_${name}`, [value], [name], {}));
    this.#outputs.push(valueField('output', name, 'float', shape));
  }

  build(): Uint8Array {
    return modelBytes({
      name: this.#name,
      nodes: this.#nodes,
      initializers: this.#initializers,
      inputs: this.#inputs,
      outputs: this.#outputs,
    });
  }
}
