/**
 * What we need to read back from an ONNX file of ours without ONNX Runtime: its metadata, and tensors by name. Field
 * numbers are those of `onnx.proto`. Anything that is no protobuf, or is cut short, is answered with `null`.
 */
export interface OnnxParts {
  readonly metadata: ReadonlyMap<string, string>;
  readonly tensors: ReadonlyMap<string, OnnxTensor>;
}

export interface OnnxTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

const fields = {
  model: { graph: 7, metadata: 14 },
  graph: { initializer: 5 },
  tensor: { dims: 1, type: 2, name: 8, raw: 9 },
  entry: { key: 1, value: 2 },
} as const;
const floatType = 1;

export function onnxParts(file: Uint8Array): OnnxParts | null {
  const metadata = new Map<string, string>();
  const tensors = new Map<string, OnnxTensor>();
  const model = messageFields(file);
  if (model === null) return null;
  for (const { number, bytes } of model) {
    if (number === fields.model.metadata) {
      const entry = messageFields(bytes);
      if (entry === null) return null;
      metadata.set(textOf(entry, fields.entry.key), textOf(entry, fields.entry.value));
    }
    if (number !== fields.model.graph) continue;
    const graph = messageFields(bytes);
    if (graph === null) return null;
    for (const part of graph) {
      if (part.number !== fields.graph.initializer) continue;
      const tensor = messageFields(part.bytes);
      if (tensor === null) return null;
      if (tensor.find((field) => field.number === fields.tensor.type)?.value !== floatType) continue;
      const shape = tensor.filter((field) => field.number === fields.tensor.dims).map(({ value }) => value);
      const raw = tensor.find((field) => field.number === fields.tensor.raw)?.bytes ?? new Uint8Array();
      if (raw.length !== 4 * shape.reduce((count, size) => count * size, 1)) return null;
      // A copy, since the bytes need not lie on a multiple of four; `slice` of a Buffer is none.
      tensors.set(textOf(tensor, fields.tensor.name), { shape, values: new Float32Array(Uint8Array.from(raw).buffer) });
    }
  }
  return { metadata, tensors };
}

interface Field {
  readonly number: number;
  /** Of a varint. */
  readonly value: number;
  /** Of what has a length. */
  readonly bytes: Uint8Array;
}

const none = new Uint8Array();

function messageFields(bytes: Uint8Array): readonly Field[] | null {
  const found: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    while (at < bytes.length) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    switch (tag % 8) {
      case 0:
        found.push({ number, value: varint(), bytes: none });
        break;
      case 2: {
        const length = varint();
        if (!(at + length <= bytes.length)) return null;
        found.push({ number, value: 0, bytes: bytes.subarray(at, at + length) });
        at += length;
        break;
      }
      case 5:
        at += 4;
        break;
      default:
        return null;
    }
  }
  return found.some(({ value }) => Number.isNaN(value)) || at > bytes.length ? null : found;
}

function textOf(message: readonly Field[], number: number): string {
  return Buffer.from(message.find((field) => field.number === number)?.bytes ?? none).toString('utf8');
}
