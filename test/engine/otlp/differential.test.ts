import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signals, type Signal } from '../../../src/engine/domain/signals.ts';
import type { EncodedBlock } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { protobufOfJson, requestTypes } from '../../support/otlp-proto.ts';
import { seededRandom } from '../../support/random.ts';
import { receivedUnixMs, requests } from './support/messages.ts';
import { NativeReader, type Row } from './support/native.ts';
import { expectedRows } from './support/oracle.ts';
import { reorder } from './support/reorder.ts';

let reader: NativeReader;
beforeAll(() => {
  reader = new NativeReader();
});
afterAll(() => reader.close());

function expectSameRows(signal: Signal, payload: Uint8Array, blocks: readonly EncodedBlock[]): void {
  const expected = expectedRows(signal, payload, receivedUnixMs);
  expect(blocks.map(({ table }) => table).sort()).toEqual([...expected.rows.keys()].sort());
  for (const block of blocks) expect(reader.read([block]).map(withoutTypes)).toEqual(expected.rows.get(block.table));
}

/** The types of values are held against what came in where they are used: by an export (test/engine/transfer). */
function withoutTypes({ OriginTypes: _origin, ValueTypes: _values, ...row }: Row): Row {
  return row;
}

describe.each(signals)('any %s request', (signal) => {
  test('becomes the rows that a plain reading of what protobufjs decodes says', () => {
    fc.assert(
      fc.property(requests[signal], (request) => {
        const payload = protobufOfJson(signal, request);
        const encoder = makeSignalEncoder(signal);
        const { accepted, rejected } = encoder.append(payload, 'protobuf', receivedUnixMs);
        const expected = expectedRows(signal, payload, receivedUnixMs);
        expect(rejected).toBe(expected.rejected);
        expect(accepted).toBe([...expected.rows.values()].flat().length);
        expectSameRows(signal, payload, encoder.take());
      }),
      { numRuns: 80, interruptAfterTimeLimit: 20_000 },
    );
  });

  test('becomes the same rows however its fields are ordered and written', () => {
    fc.assert(
      fc.property(requests[signal], fc.integer(), (request, seed) => {
        const payload = protobufOfJson(signal, request);
        const odd = reorder(requestTypes[signal], payload, seededRandom(seed));
        const encoder = makeSignalEncoder(signal);
        encoder.append(odd, 'protobuf', receivedUnixMs);
        expectSameRows(signal, payload, encoder.take());
      }),
      { numRuns: 50, interruptAfterTimeLimit: 20_000 },
    );
  });

  test('becomes the same rows when it is sent as JSON', () => {
    fc.assert(
      fc.property(requests[signal], (request) => {
        const [fromProtobuf, fromJson] = [makeSignalEncoder(signal), makeSignalEncoder(signal)];
        const one = fromProtobuf.append(protobufOfJson(signal, request), 'protobuf', receivedUnixMs);
        const other = fromJson.append(Buffer.from(JSON.stringify(request)), 'json', receivedUnixMs);
        expect(other).toEqual(one);
        expect(rowsOf(fromJson.take())).toEqual(rowsOf(fromProtobuf.take()));
      }),
      { numRuns: 50, interruptAfterTimeLimit: 20_000 },
    );
  });

  test('piles up with others in one block, in the order of their coming', () => {
    fc.assert(
      fc.property(fc.array(requests[signal], { minLength: 2, maxLength: 4 }), (several) => {
        const together = makeSignalEncoder(signal);
        const apart = several.flatMap((request) => {
          const alone = makeSignalEncoder(signal);
          for (const encoder of [alone, together]) {
            encoder.append(protobufOfJson(signal, request), 'protobuf', receivedUnixMs);
          }
          return alone.take();
        });
        for (const block of together.take()) {
          expect(reader.read([block])).toEqual(reader.read(apart.filter(({ table }) => table === block.table)));
        }
      }),
      { numRuns: 20, interruptAfterTimeLimit: 20_000 },
    );
  });
});

function rowsOf(blocks: readonly EncodedBlock[]): unknown {
  return blocks.map((block) => [block.table, reader.read([block])]);
}
