/** Protobuf's wire format, as much of it as an ONNX file needs: varints, 32-bit floats and length-delimited fields. */

const encoder = new TextEncoder();

const wireTypes = { varint: 0, lengthDelimited: 2, fixed32: 5 };

/** A field, ready to be put into a message. */
export type Field = Uint8Array;

export function varintField(number: number, value: number): Field {
  return concat([tag(number, wireTypes.varint), varint(value)]);
}

export function floatField(number: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return concat([tag(number, wireTypes.fixed32), bytes]);
}

export function bytesField(number: number, value: Uint8Array): Field {
  return concat([tag(number, wireTypes.lengthDelimited), varint(value.length), value]);
}

export function textField(number: number, value: string): Field {
  return bytesField(number, encoder.encode(value));
}

export function messageField(number: number, fields: readonly Field[]): Field {
  return bytesField(number, concat(fields));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function tag(number: number, wireType: number): Uint8Array {
  return varint(number * 8 + wireType);
}

/** Non-negative integers below 2^53; a file of ours has no others. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
