import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import { signals, type Signal } from '../../../src/engine/domain/signals.ts';
import type { SignalEncoder } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { logsRequest, metricsRequest, tracesRequest, tracesRequestJson } from '../../support/otlp-payloads.ts';
import { protobufOfJson } from '../../support/otlp-proto.ts';
import { receivedUnixMs, requests } from './support/messages.ts';
import { NativeReader } from './support/native.ts';

let reader: NativeReader;
beforeAll(() => {
  reader = new NativeReader();
});
afterAll(() => reader.close());

const payloads: Record<Signal, Uint8Array> = {
  traces: tracesRequest({ spans: 4, attributes: 6, errors: 0.5 }),
  logs: logsRequest({ records: 4, bodyBytes: 60 }),
  metrics: metricsRequest({ points: 8, attributes: 2 }),
};

/** Appends what may be anything; the only error there may be is the one for unreadable payloads. */
function tryAppend(encoder: SignalEncoder, payload: Uint8Array, encoding: 'protobuf' | 'json' = 'protobuf'): boolean {
  const before = encoder.rows;
  try {
    const { accepted } = encoder.append(payload, encoding, receivedUnixMs);
    expect(encoder.rows).toBe(before + accepted);
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedPayload);
    expect(encoder.rows).toBe(before);
    return false;
  }
}

/** The engine itself reads all that has piled up, so no column is out of step with another. */
function expectReadable(encoder: SignalEncoder): void {
  for (const block of encoder.take()) expect(reader.read([block])).toHaveLength(block.rows);
}

describe.each(signals)('%s from a broken sender', (signal) => {
  const payload = payloads[signal];

  test('cut off at every offset', () => {
    const encoder = makeSignalEncoder(signal);
    let refused = 0;
    for (let length = 0; length < payload.length; length++) {
      if (!tryAppend(encoder, payload.subarray(0, length))) refused++;
    }
    expect(refused).toBeGreaterThan(payload.length - 10);
    tryAppend(encoder, payload);
    expectReadable(encoder);
  });

  test('with any bit flipped', () => {
    const encoder = makeSignalEncoder(signal);
    for (let offset = 0; offset < payload.length; offset++) {
      const flipped = payload.slice();
      flipped[offset] = (flipped[offset] as number) ^ (1 << (offset % 8));
      tryAppend(encoder, flipped);
    }
    expect(encoder.rows).toBeGreaterThan(0);
    expectReadable(encoder);
  });

  test('with random bytes, alone and in the midst of a request', () => {
    const encoder = makeSignalEncoder(signal);
    const property = fc.property(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(payload.length - 1),
      requests[signal],
      (noise, at, request) => {
        tryAppend(encoder, noise);
        const hit = payload.slice();
        hit.set(noise.subarray(0, payload.length - at), at);
        tryAppend(encoder, hit);
        const other = Buffer.concat([protobufOfJson(signal, request), Buffer.alloc(8)]);
        other.set(noise.subarray(0, 8), Math.floor((other.length - 8) / 2));
        tryAppend(encoder, other);
      },
    );
    fc.assert(property, { numRuns: 400 });
    expectReadable(encoder);
  });

  test('with lengths that promise more than there is', () => {
    const encoder = makeSignalEncoder(signal);
    const bombs = [
      [0xff, 0xff, 0xff, 0xff, 0x07],
      [0xff, 0xff, 0xff, 0xff, 0x0f],
      [...Array(9).fill(0xff), 0x01],
      [0x80],
    ];
    const before = process.memoryUsage().arrayBuffers;
    for (let offset = 0; offset < payload.length; offset++) {
      for (const bomb of bombs) {
        tryAppend(encoder, Buffer.concat([payload.subarray(0, offset), Buffer.from(bomb), payload.subarray(offset)]));
      }
    }
    expectReadable(encoder);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});

test('a mangled JSON request is read or refused, never anything else', () => {
  const text = Buffer.from(JSON.stringify(tracesRequestJson({ spans: 2, attributes: 4 })));
  const encoder = makeSignalEncoder('traces');
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.nat(255), fc.nat(text.length - 1), (at, byte, end) => {
      const hit = text.slice();
      hit[at] = byte;
      tryAppend(encoder, hit, 'json');
      tryAppend(encoder, Buffer.concat([text.subarray(0, at), text.subarray(end)]), 'json');
    }),
    { numRuns: 1000 },
  );
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const wrapped = {
        resourceSpans: [{ resource: value, scopeSpans: [{ spans: [{ attributes: value, name: value }, value] }] }],
      };
      tryAppend(encoder, Buffer.from(JSON.stringify(wrapped)), 'json');
    }),
    { numRuns: 500 },
  );
  expectReadable(encoder);
});

test('small items by the million stay within the limit of rows a request may become', () => {
  const items = 1_000_000;
  const record = Uint8Array.of(0x12, 0);
  const scope = Buffer.alloc(items * 2, record);
  const length = (value: number): Buffer => {
    const bytes = [];
    let rest = value;
    for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
    return Buffer.from([...bytes, rest]);
  };
  const group = Buffer.concat([Buffer.of(0x12), length(scope.length), scope]);
  const payload = Buffer.concat([Buffer.of(0x0a), length(group.length), group]);
  const encoder = makeSignalEncoder('logs');
  const { accepted, rejected } = encoder.append(payload, 'protobuf', receivedUnixMs);
  expect(accepted + rejected).toBe(items);
  const bytes = encoder.take().reduce((sum, { body }) => sum + body.length, 0);
  expect(bytes).toBeLessThan(512 * 1024 * 1024);
});

/** Keys of 8 ASCII characters that the dictionary's hash (its first two rounds) takes for one another. */
function collidingKeys(count: number): string[] {
  const keys = [];
  const bytes = Buffer.alloc(8);
  for (let i = 0; keys.length < count; i++) {
    bytes.write(i.toString(36).padStart(4, '0'), 0, 'latin1');
    const first = Math.imul(8 ^ bytes.readInt32LE(0), 0x9e3779b1);
    bytes.writeInt32LE(first ^ (first >>> 15) ^ 0x12345678, 4);
    if (bytes.every((byte) => byte < 128)) keys.push(bytes.toString('latin1'));
  }
  return keys;
}

test('keys made to collide in the dictionary cost entries, not time, and ClickHouse reads them right', () => {
  const keys = collidingKeys(3000);
  const span = (index: number): object => ({
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    startTimeUnixNano: `${receivedUnixMs}000000`,
    attributes: keys.slice(index * 500, index * 500 + 500).map((key) => ({ key, value: { stringValue: key } })),
  });
  const spans = [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5].map(span);
  const encoder = makeSignalEncoder('traces');
  encoder.append(
    protobufOfJson('traces', { resourceSpans: [{ scopeSpans: [{ spans }] }] }),
    'protobuf',
    receivedUnixMs,
  );
  const [block] = encoder.take();
  if (block === undefined) throw new Error('no block');
  const stored = (text: string): number => Buffer.from(block.body).toString('latin1').split(text).length - 1;
  // Twice as a value, and twice as a dictionary entry, because the first one is not found again.
  expect(stored(keys.at(-1) as string)).toBe(4);
  const rows = reader.read([block]).map((row) => row['SpanAttributes'] as [string, string][]);
  expect(rows.flat().map(([key]) => key)).toEqual([...keys, ...keys]);
  expect(rows.flat().map(([, value]) => value)).toEqual([...keys, ...keys]);
});
