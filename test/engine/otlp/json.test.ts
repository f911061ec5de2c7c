import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import type { Signal } from '../../../src/engine/domain/signals.ts';
import type { Appended } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { receivedUnixMs } from './support/messages.ts';
import { NativeReader, type Row } from './support/native.ts';

let reader: NativeReader;
beforeAll(() => {
  reader = new NativeReader();
});
afterAll(() => reader.close());

function append(signal: Signal, payload: string | Uint8Array): { appended: Appended; rows: Row[] } {
  const encoder = makeSignalEncoder(signal);
  const appended = encoder.append(Buffer.from(payload), 'json', receivedUnixMs);
  return { appended, rows: encoder.take().flatMap((block) => reader.read([block])) };
}

function reasonOf(signal: Signal, payload: string | Uint8Array): string {
  const encoder = makeSignalEncoder(signal);
  try {
    encoder.append(Buffer.from(payload), 'json', receivedUnixMs);
  } catch (error) {
    expect(encoder.rows).toBe(0);
    if (error instanceof MalformedPayload) return error.reason;
    throw error;
  }
  return 'it was read';
}

const nanos = `${receivedUnixMs}000000`;
const good = { traceId: '0AF7651916CD43DD8448EB211C80319C', spanId: 'b7ad6b7169203331', startTimeUnixNano: nanos };
const traces = (...spans: readonly unknown[]): string =>
  JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
const logs = (...logRecords: readonly unknown[]): string =>
  JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const metrics = (...metrics: readonly unknown[]): string =>
  JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

describe('what writers of OTLP/JSON differ in', () => {
  test('ids in either case, times as strings or numbers, enums as numbers or names', () => {
    const { rows } = append(
      'traces',
      traces(
        { ...good, kind: 'SPAN_KIND_SERVER', status: { code: 'STATUS_CODE_ERROR' } },
        { ...good, startTimeUnixNano: receivedUnixMs * 1e6, kind: '3', status: { code: 2 } },
        { ...good, kind: 'SPAN_KIND_MARTIAN' },
      ),
    );
    expect(
      rows.map(({ TraceId, SpanKind, StatusCode, CutValues }) => [TraceId, SpanKind, StatusCode, CutValues]),
    ).toEqual([
      ['0af7651916cd43dd8448eb211c80319c', 'Server', 'Error', 1],
      ['0af7651916cd43dd8448eb211c80319c', 'Client', 'Error', 1],
      ['0af7651916cd43dd8448eb211c80319c', 'Unspecified', 'Unset', 2],
    ]);
    expect(rows[0]?.['Timestamp']).toBe(nanos);
  });

  test('64-bit integers in strings keep every digit', () => {
    const value = (intValue: unknown): object => ({ key: 'k', value: { intValue } });
    const attributes = ['9223372036854775807', '-9223372036854775808', 42, '-1', 4_294_967_296].map(value);
    const { rows } = append('traces', traces({ ...good, startTimeUnixNano: '1780272000123456789', attributes }));
    expect(rows[0]?.['Timestamp']).toBe('1780272000123456789');
    const sent = (rows[0]?.['SpanAttributes'] ?? []) as [string, string][];
    expect(sent.map(([, value]) => value)).toEqual([
      '9223372036854775807',
      '-9223372036854775808',
      '42',
      '-1',
      '4294967296',
    ]);
  });

  test('doubles as numbers, as numeric strings and as words', () => {
    const points = [1.5, '2.5', 'NaN', '-Infinity', 0].map((asDouble) => ({ timeUnixNano: nanos, asDouble }));
    const { rows } = append(
      'metrics',
      metrics({ gauge: { dataPoints: [...points, { timeUnixNano: nanos, asInt: -3 }] } }),
    );
    expect(rows.map((row) => row['Value'])).toEqual([1.5, 2.5, 'nan', '-inf', 0, -3]);
  });

  test('null is as good as absent, unknown fields are passed over, a byte order mark too', () => {
    const span = { ...good, name: null, attributes: null, somethingNew: { a: [1] }, status: {} };
    expect(append('traces', `\ufeff${traces(span)}`).rows[0]).toMatchObject({ SpanName: '', StatusCode: 'Unset' });
    expect(append('traces', '{}').appended.accepted).toBe(0);
  });

  test('severity and temporality by name', () => {
    const { rows } = append('logs', logs({ severityNumber: 'SEVERITY_NUMBER_WARN2' }, { severityNumber: 17 }));
    expect(rows.map((row) => row['SeverityNumber'])).toEqual([14, 17]);
    const sum = (aggregationTemporality: unknown): object => ({
      sum: { aggregationTemporality, isMonotonic: true, dataPoints: [{ timeUnixNano: nanos }] },
    });
    const temporal = append('metrics', metrics(sum('AGGREGATION_TEMPORALITY_DELTA'), sum('UNHEARD_OF'), sum(7)));
    expect(temporal.rows.map(({ AggregationTemporality, CutValues }) => [AggregationTemporality, CutValues])).toEqual([
      [1, 0],
      [0, 1],
      [7, 0],
    ]);
  });
});

describe('what JSON can get wrong within an item stays with that item', () => {
  test('ids that are not hex reject the span, and are left blank elsewhere', () => {
    const { appended } = append(
      'traces',
      traces({ ...good, traceId: 'not hex at all!' }, { ...good, spanId: 'abc' }, good),
    );
    expect(Object.fromEntries(appended.reasons)).toEqual({
      'trace id is not 16 bytes (32 hex digits)': 1,
      'span id is not 8 bytes (16 hex digits)': 1,
    });
    expect(append('logs', logs({ traceId: 'CvdlGRbNQ92ESOshHIAxnA==' })).rows[0]).toMatchObject({
      TraceId: '',
      CutValues: 1,
    });
  });

  test('negative times are beyond the range', () => {
    const { appended } = append('traces', traces({ ...good, startTimeUnixNano: '-1' }));
    expect([...appended.reasons.keys()]).toEqual(['span start time lies over 36500 days in the future']);
  });

  test('lone surrogates and bytes that are not UTF-8 are replaced and counted', () => {
    const lone = append('logs', logs({ body: { stringValue: 'a\ud800b' } }, { body: { stringValue: 'a\ufffdb' } }));
    expect(lone.rows.map(({ Body, CutValues }) => [Body, CutValues])).toEqual([
      ['a\ufffdb', 1],
      ['a\ufffdb', 0],
    ]);
    const bytes = Buffer.from(logs({ body: { stringValue: 'a#b' } }, { body: { stringValue: 'fine' } }));
    bytes[bytes.indexOf('#')] = 0xff;
    expect(append('logs', bytes).rows.map(({ Body, CutValues }) => [Body, CutValues])).toEqual([
      ['a\ufffdb', 1],
      ['fine', 0],
    ]);
  });

  test('10,000 arrays in one another end at the limit in null', () => {
    const body = `${'{"arrayValue":{"values":['.repeat(10_000)}{"intValue":1}${']}}'.repeat(10_000)}`;
    const { rows } = append('logs', `{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":${body}}]}]}]}`);
    expect(rows[0]).toMatchObject({ Body: `${'['.repeat(64)}null${']'.repeat(64)}`, CutValues: 1 });
  });
});

describe('what is not OTLP/JSON is refused as a whole, with the place', () => {
  test.each<[string, string]>([
    ['', 'the JSON text ends too early at byte 0'],
    ['{"resourceSpans":[', 'the JSON text ends too early at byte 18'],
    ['{"resourceSpans":[}]}', 'this is not JSON: something else was expected at byte 18'],
    ['{"resourceSpans":[],}', 'this is not JSON: something else was expected at byte 20'],
    ['hello', 'this is not JSON: something else was expected at byte 0'],
    ['[]', '$ should be an object, not a list'],
    ['null', '$ should be an object, not null'],
    ['{"resourceSpans":{}}', '$.resourceSpans should be a list, not a value of type object'],
    ['{"resourceSpans":[null]}', '$.resourceSpans[0] should be an object, not null'],
    [
      traces(good, { name: 5 }),
      '$.resourceSpans[0].scopeSpans[0].spans[1].name should be a string, not a value of type number',
    ],
    [
      traces({ traceId: 5 }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].traceId should be a string of hex digits, not a value of type number',
    ],
    [
      traces({ flags: -3e9 }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].flags should be a 32-bit integer, not a value of type number',
    ],
    [
      traces({ startTimeUnixNano: 1.5 }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano should be an integer, not a value of type number',
    ],
    [
      traces({ startTimeUnixNano: '99999999999999999999' }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].startTimeUnixNano should be a 64-bit integer, not a value of type string',
    ],
    [
      traces({ attributes: [{ value: { boolValue: 'yes' } }] }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.boolValue should be true or false, not a value of type string',
    ],
    [
      traces({ attributes: [{ value: { doubleValue: '' } }] }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.doubleValue should be a number, not a value of type string',
    ],
    [
      traces({ attributes: [{ value: { bytesValue: [1] } }] }),
      '$.resourceSpans[0].scopeSpans[0].spans[0].attributes[0].value.bytesValue should be a base64 string, not a list',
    ],
  ])('%s', (payload, reason) => {
    expect(reasonOf('traces', payload)).toBe(reason);
  });

  test('cut off anywhere: refused, or in the trailing white space read', () => {
    const payload = Buffer.from(traces(good, { ...good, attributes: [{ key: 'ä', value: { stringValue: 'ö' } }] }));
    for (let length = 0; length < payload.length; length++) {
      expect(reasonOf('traces', payload.subarray(0, length))).toMatch(/at byte \d+$/);
    }
  });
});
