import type { Field, FieldType, Shape } from './protobuf-shapes.ts';

/**
 * Writes an OTLP/JSON object as protobuf (https://protobuf.dev/programming-guides/encoding). For exports: simple, not
 * fast. Fields that the shape does not name are not written; defaults are left out as proto3 does.
 */
export function writeProtobuf(shape: Shape, value: object): Buffer {
  const parts: Buffer[] = [];
  const fields = value as Readonly<Record<string, unknown>>;
  for (const [name, field] of Object.entries(shape)) {
    const content = fields[name];
    if (content === undefined || content === null) continue;
    if (field.repeated === undefined) {
      if (field.explicit === true || !isDefault(field.type, content)) parts.push(...encodeField(field, content));
    } else if (Array.isArray(content) && content.length > 0) {
      if (field.repeated === 'packed') {
        const packed = Buffer.concat(content.map((item) => encodeScalar(field.type as FieldType, item)));
        parts.push(tag(field.number, 2), varint(BigInt(packed.length)), packed);
      } else {
        for (const item of content) parts.push(...encodeField(field, item));
      }
    }
  }
  return Buffer.concat(parts);
}

const wireTypes: Readonly<Record<FieldType, number>> = {
  string: 2,
  hex: 2,
  uint32: 0,
  sint32: 0,
  uint64: 0,
  int64: 0,
  fixed32: 5,
  fixed64: 1,
  double: 1,
  bool: 0,
};

function encodeField({ number, type }: Field, content: unknown): Buffer[] {
  if (typeof type === 'object') {
    const message = writeProtobuf(type, content as object);
    return [tag(number, 2), varint(BigInt(message.length)), message];
  }
  const bytes = encodeScalar(type, content);
  const wireType = wireTypes[type];
  return wireType === 2 ? [tag(number, 2), varint(BigInt(bytes.length)), bytes] : [tag(number, wireType), bytes];
}

function encodeScalar(type: FieldType, content: unknown): Buffer {
  switch (type) {
    case 'string':
      return Buffer.from(String(content), 'utf8');
    case 'hex':
      return Buffer.from(String(content), 'hex');
    case 'bool':
      return varint(content === true ? 1n : 0n);
    case 'sint32': {
      const number = BigInt(content as number);
      return varint(number >= 0n ? number * 2n : -number * 2n - 1n);
    }
    case 'uint32':
    case 'uint64':
    case 'int64':
      return varint(BigInt.asUintN(64, BigInt(content as string | number)));
    case 'fixed32': {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(Number(content));
      return bytes;
    }
    case 'fixed64': {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(content as string | number)));
      return bytes;
    }
    case 'double': {
      const bytes = Buffer.alloc(8);
      bytes.writeDoubleLE(Number(content));
      return bytes;
    }
  }
}

function isDefault(type: Field['type'], content: unknown): boolean {
  if (typeof type === 'object') return false;
  if (type === 'string' || type === 'hex') return content === '';
  // -0 is a double of its own.
  return content === false || Object.is(Number(content), 0);
}

function tag(number: number, wireType: number): Buffer {
  return varint(BigInt(number * 8 + wireType));
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
