import type { Signal } from '../../../src/engine/domain/signals.ts';

/** A log request whose one record has something nested as deep as asked, in a form that a reader may trip over. */
export interface DeepPayload {
  readonly name: string;
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  readonly bytes: Buffer;
}

function varint(value: number): Buffer {
  const bytes = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  return Buffer.from([...bytes, rest]);
}

const field = (number: number, content: Buffer): Buffer =>
  Buffer.concat([varint(number * 8 + 2), varint(content.length), content]);

/** `levels` messages around `innermost`, written from the inside to the outside and turned round at the end. */
function wrapped(innermost: Buffer, levels: readonly number[], depth: number): Buffer {
  const heads: Buffer[] = [innermost];
  let size = innermost.length;
  for (let level = 0; level < depth; level++) {
    for (const number of levels) {
      const head = Buffer.concat([varint(number * 8 + 2), varint(size)]);
      heads.push(head);
      size += head.length;
    }
  }
  return Buffer.concat(heads.toReversed());
}

const text = field(1, Buffer.from('x'));
/** AnyValue in ArrayValue.values, or in KeyValue.value in KeyValueList.values. */
const arrays = (depth: number): Buffer => wrapped(text, [1, 5], depth);
const lists = (depth: number): Buffer => wrapped(text, [2, 1, 6], depth);

/** A request with one record, of which `fields` are beside the time. */
function logRequest(fields: Buffer, nowMs: number): Buffer {
  const time = Buffer.alloc(9);
  time[0] = 0x09;
  time.writeBigUInt64LE(BigInt(nowMs) * 1_000_000n, 1);
  return field(1, field(2, field(2, Buffer.concat([time, fields]))));
}

const attribute = (value: Buffer): Buffer => field(6, Buffer.concat([field(1, Buffer.from('deep')), field(2, value)]));

export function deepPayloads(depth: number, nowMs: number): readonly DeepPayload[] {
  const record = `"timeUnixNano":"${nowMs}000000"`;
  const json = (member: string): Buffer =>
    Buffer.from(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[{${record},${member}}]}]}]}`);
  const jsonArrays = `${'{"arrayValue":{"values":['.repeat(depth)}{"stringValue":"x"}${']}}'.repeat(depth)}`;
  const open = '{"kvlistValue":{"values":[{"key":"k","value":';
  const jsonLists = `${open.repeat(depth)}{"stringValue":"x"}${'}]}}'.repeat(depth)}`;
  const asProtobuf = (name: string, bytes: Buffer): DeepPayload => ({
    name,
    signal: 'logs',
    encoding: 'protobuf',
    bytes,
  });
  const asJson = (name: string, bytes: Buffer): DeepPayload => ({ name, signal: 'logs', encoding: 'json', bytes });
  const groups = Buffer.concat([Buffer.alloc(depth, 0xa3), Buffer.alloc(depth, 0xa4)]);
  return [
    asProtobuf('arrays in an attribute', logRequest(attribute(arrays(depth)), nowMs)),
    asProtobuf('lists in an attribute', logRequest(attribute(lists(depth)), nowMs)),
    asProtobuf('arrays in the body', logRequest(field(5, arrays(depth)), nowMs)),
    asProtobuf('groups of an unknown field', logRequest(Buffer.concat([groups].map(twoByteTags)), nowMs)),
    asProtobuf('groups that never end', logRequest(twoByteTags(Buffer.alloc(depth, 0xa3)), nowMs)),
    asJson('arrays in an attribute', json(`"attributes":[{"key":"deep","value":${jsonArrays}}]`)),
    asJson('lists in the body', json(`"body":${jsonLists}`)),
    asJson('an unknown field', json(`"later":${'['.repeat(depth)}${']'.repeat(depth)}`)),
    asJson('brackets alone', Buffer.from('['.repeat(depth))),
    asJson('objects that never end', Buffer.from('{"resourceLogs":'.repeat(depth))),
  ];
}

/** Field 20 has tags of two bytes: begin 0xa3 0x01, end 0xa4 0x01. */
function twoByteTags(firsts: Buffer): Buffer {
  return Buffer.concat([...firsts].map((first) => Buffer.from([first, 0x01])));
}
