import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { signals, type Signal } from '../../../src/engine/domain/signals.ts';
import type { EncodedBlock } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { protobufOfJson } from '../../support/otlp-proto.ts';
import { NativeReader, type Row } from './support/native.ts';

/** Requests that real programs sent: `OBS_DATA` names a folder with them (*.json, or *.jsonl with one a line). */
const folder = process.env['OBS_DATA'] ?? resolve(import.meta.dirname, '../../../../shared/data/otlp');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.jsonl?$/.test(name)) : [];

const signalOfKey: Readonly<Record<string, Signal>> = {
  resourceSpans: 'traces',
  resourceLogs: 'logs',
  resourceMetrics: 'metrics',
};

/** How often items occur anywhere in the request: spans, log records, metric points. */
function itemsIn(value: unknown): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, inner) => sum + itemsIn(inner), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) =>
      sum + (['spans', 'logRecords', 'dataPoints'].includes(key) ? (inner as unknown[]).length : itemsIn(inner)),
    0,
  );
}

let reader: NativeReader;
beforeAll(() => {
  reader = new NativeReader();
});
afterAll(() => reader.close());

/** Kept fields stand there as they were sent, and the two encodings write the lengths of messages differently. */
function rowsOf(block: EncodedBlock): Row[] {
  return reader.read([block]).map((row) => ({
    ...row,
    ValueTypes: String(row['ValueTypes']).replace(/m[^;]+;/, 'm;'),
    OriginTypes: String(row['OriginTypes']).replace(/r[^;]+;/, 'r;'),
  }));
}

describe.skipIf(files.length === 0)(`every request in ${folder} (skipped where that folder is absent or empty)`, () => {
  test.each(files)('%s arrives whole, as JSON and as protobuf', (name) => {
    const content = readFileSync(join(folder, name), 'utf8');
    const requests = (name.endsWith('l') ? content.split('\n').filter(Boolean) : [content]).map((text) => {
      const value = JSON.parse(text) as object;
      const signal = signalOfKey[Object.keys(value)[0] ?? ''] as Signal;
      return { text, value, signal };
    });
    const now = Date.UTC(2026, 0, 1);
    for (const signal of signals) {
      const [json, protobuf] = [makeSignalEncoder(signal), makeSignalEncoder(signal)];
      const own = requests.filter((request) => request.signal === signal);
      for (const { text, value } of own) {
        const appended = json.append(Buffer.from(text), 'json', now);
        expect(appended).toMatchObject({ accepted: itemsIn(value), rejected: 0 });
        expect(protobuf.append(protobufOfJson(signal, value), 'protobuf', now)).toEqual(appended);
      }
      const [ofJson, ofProtobuf] = [json.take(), protobuf.take()];
      expect(ofJson.map(rowsOf)).toEqual(ofProtobuf.map(rowsOf));
      const rows = ofJson.reduce((sum, block) => sum + reader.count([block]), 0);
      expect(rows).toBe(own.reduce((sum, { value }) => sum + itemsIn(value), 0));
    }
  });
});
