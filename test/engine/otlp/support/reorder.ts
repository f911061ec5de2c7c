import protobuf from 'protobufjs';
import type { Random } from '../../../support/random.ts';

interface Field {
  readonly number: number;
  readonly bytes: Uint8Array;
}

/**
 * The same message as another writer might have written it: fields in any order (only repeated fields keep theirs),
 * unknown fields in between, packed lists unpacked, lengths written with more bytes than needed.
 */
export function reorder(type: protobuf.Type, bytes: Uint8Array, random: Random): Uint8Array {
  const fields = split(type, bytes, random);
  for (let i = random.int(3); i > 0; i--) fields.push(unknownField(random));
  return Buffer.concat(shuffled(fields, random).map(({ bytes }) => bytes));
}

function split(type: protobuf.Type, bytes: Uint8Array, random: Random): Field[] {
  const reader = protobuf.Reader.create(bytes);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const number = tag >>> 3;
    const field = type.fieldsById[number]?.resolve();
    if ((tag & 7) !== 2) {
      reader.skipType(tag & 7);
      fields.push({ number, bytes: bytes.subarray(start, reader.pos) });
      continue;
    }
    const content = reader.bytes();
    if (field?.resolvedType instanceof protobuf.Type) {
      fields.push(delimited(number, reorder(field.resolvedType, content, random), random));
    } else if (field?.repeated === true && field.packed && random.int(2) === 0) {
      fields.push(...unpacked(field, content));
    } else fields.push(delimited(number, content, random));
  }
  return fields;
}

function unpacked(field: protobuf.Field, content: Uint8Array): Field[] {
  const wireType = field.type === 'uint64' ? 0 : 1;
  const reader = protobuf.Reader.create(content);
  const fields: Field[] = [];
  while (reader.pos < reader.len) {
    const start = reader.pos;
    reader.skipType(wireType);
    const bytes = Buffer.concat([varint((field.id << 3) | wireType), content.subarray(start, reader.pos)]);
    fields.push({ number: field.id, bytes });
  }
  return fields;
}

function delimited(number: number, content: Uint8Array, random: Random): Field {
  const length = varint(content.length);
  const last = length.length - 1;
  const padded = Buffer.concat([length.subarray(0, last), Buffer.from([(length[last] as number) | 128, 0])]);
  const chosen = random.int(4) === 0 ? padded : length;
  return { number, bytes: Buffer.concat([varint((number << 3) | 2), chosen, content]) };
}

function unknownField(random: Random): Field {
  const number = 500 + random.int(5000);
  const tag = (wireType: number): Buffer => varint((number << 3) | wireType);
  const group = Buffer.concat([tag(3), varint((7 << 3) | 0), varint(5), tag(4)]);
  const bytes = random.pick([
    Buffer.concat([tag(0), varint(random.int(100_000))]),
    Buffer.concat([tag(1), Buffer.alloc(8, 7)]),
    Buffer.concat([tag(2), varint(3), Buffer.from('abc')]),
    Buffer.concat([tag(5), Buffer.alloc(4, 9)]),
    group,
  ]);
  return { number, bytes };
}

/** Any order, but that fields of the same number keep theirs. */
function shuffled(fields: readonly Field[], random: Random): Field[] {
  const places = fields.map(({ number }) => ({ number, key: random.unit() })).sort((a, b) => a.key - b.key);
  const queues = new Map<number, Field[]>();
  for (const field of fields) queues.set(field.number, [...(queues.get(field.number) ?? []), field]);
  return places.map(({ number }) => queues.get(number)?.shift() as Field);
}

function varint(value: number): Buffer {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return Buffer.from([...bytes, rest]);
}
