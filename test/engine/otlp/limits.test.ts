import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import { limits } from '../../../src/engine/domain/limits.ts';
import { type Signal, signals } from '../../../src/engine/domain/signals.ts';
import type { Appended, SignalEncoder } from '../../../src/engine/otlp/encoder.ts';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../../support/otlp-payloads.ts';
import { otlpType, protobufOfJson } from '../../support/otlp-proto.ts';
import { receivedUnixMs } from './support/messages.ts';
import { NativeReader, type Row } from './support/native.ts';

let reader: NativeReader;
beforeAll(() => {
  reader = new NativeReader();
});
afterAll(() => reader.close());

const nanos = (unixMs: number): string => `${unixMs}000000`;
const good = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'GET /',
  startTimeUnixNano: nanos(receivedUnixMs - 1000),
  endTimeUnixNano: nanos(receivedUnixMs),
};
const pair = (key: string, stringValue: string): object => ({ key, value: { stringValue } });
const pairs = (count: number): object[] => Array.from({ length: count }, (_, i) => pair(`k${i}`, `v${i}`));

const traces = (spans: readonly object[], rest: object = {}): Uint8Array =>
  protobufOfJson('traces', { resourceSpans: [{ ...rest, scopeSpans: [{ spans }] }] });
const logs = (...logRecords: readonly object[]): Uint8Array =>
  protobufOfJson('logs', { resourceLogs: [{ scopeLogs: [{ logRecords }] }] });
const metrics = (...metrics: readonly object[]): Uint8Array =>
  protobufOfJson('metrics', { resourceMetrics: [{ scopeMetrics: [{ metrics }] }] });

function append(signal: Signal, payload: Uint8Array, otlp = limits.otlp): { appended: Appended; rows: Row[] } {
  const encoder = makeSignalEncoder(signal, otlp);
  const appended = encoder.append(payload, 'protobuf', receivedUnixMs);
  return { appended, rows: encoder.take().flatMap((block) => reader.read([block])) };
}
const reasonsOf = ({ reasons }: Appended): Record<string, number> => Object.fromEntries(reasons);

describe('an item that cannot be kept is rejected alone, with a reason', () => {
  test.each([
    [{ traceId: 'abcd' }, 'trace id is not 16 bytes (32 hex digits)'],
    [{ traceId: '' }, 'trace id is not 16 bytes (32 hex digits)'],
    [{ traceId: '00'.repeat(16) }, 'trace id is all zero'],
    [{ spanId: 'b7ad6b716920333100' }, 'span id is not 8 bytes (16 hex digits)'],
    [{ spanId: '00'.repeat(8) }, 'span id is all zero'],
    [{ startTimeUnixNano: '0' }, 'span start time is 0'],
    [{ startTimeUnixNano: nanos(Date.UTC(1999, 11, 31)) }, 'span start time lies before 2000-01-01'],
    [{ startTimeUnixNano: nanos(receivedUnixMs + 25 * 3600 * 1000) }, 'span start time lies over 1 day in the future'],
    [{ startTimeUnixNano: nanos(Date.UTC(2100, 0, 1)) }, 'span start time lies over 3650 days in the future'],
    [{ startTimeUnixNano: String(2n ** 63n) }, 'span start time lies over 36500 days in the future'],
    [{ startTimeUnixNano: String(2n ** 64n - 1n) }, 'span start time lies over 36500 days in the future'],
  ])('span with %j: %s', (wrong, reason) => {
    const { appended, rows } = append('traces', traces([good, { ...good, ...wrong, attributes: pairs(3) }, good]));
    expect(appended).toMatchObject({ accepted: 2, rejected: 1, cut: 0 });
    expect(reasonsOf(appended)).toEqual({ [reason]: 1 });
    expect(rows.map((row) => row['SpanAttributes'])).toEqual([[], []]);
  });

  test('what a rejected span brought along leaves no trace in the columns of events and links', () => {
    const rest = {
      events: [{ timeUnixNano: '5', name: 'gone', attributes: pairs(2) }],
      links: [{ traceId: good.traceId, spanId: good.spanId, attributes: pairs(2) }],
    };
    const kept = { ...good, events: [{ name: 'kept' }] };
    const { rows } = append(
      'traces',
      traces([{ ...good, ...rest, spanId: '' }, kept, { ...good, ...rest, traceId: '' }]),
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ 'Events.Name': ['kept'], 'Events.Attributes': [[]], 'Links.TraceId': [] });
  });

  test.each(signals)('%s of more days than a request may have, by their time; the other items are kept', (signal) => {
    const day = 24 * 3600 * 1000;
    const times = Array.from({ length: 100 }, (_, i) => nanos(receivedUnixMs - (i % 90) * day));
    const payload = {
      traces: () => traces(times.map((startTimeUnixNano) => ({ ...good, startTimeUnixNano }))),
      logs: () => logs(...times.map((timeUnixNano) => ({ timeUnixNano }))),
      metrics: () =>
        metrics({ name: 'm', gauge: { dataPoints: times.map((timeUnixNano) => ({ timeUnixNano, asInt: '1' })) } }),
    }[signal]();
    const { appended, rows } = append(signal, payload);
    // Days 0 to 63, and 0 to 9 once more at the end.
    expect(appended).toMatchObject({ accepted: 74, rejected: 26 });
    expect(reasonsOf(appended)).toEqual({ 'the request has items of more than 64 days': 26 });
    expect(rows).toHaveLength(74);
    const encoder = makeSignalEncoder(signal);
    encoder.append(payload, 'protobuf', receivedUnixMs);
    expect(encoder.days?.size).toBe(64);
    for (const block of encoder.take()) expect(block.days?.size).toBe(64);
    expect(encoder.days?.size).toBe(0);
    // The next request counts anew.
    expect(encoder.append(payload, 'protobuf', receivedUnixMs)).toMatchObject({ accepted: 74, rejected: 26 });
  });

  test('metric points and log records by their time', () => {
    const points = [{ asInt: '1' }, { timeUnixNano: nanos(receivedUnixMs), asInt: '2' }];
    const metric = append('metrics', metrics({ name: 'm', gauge: { dataPoints: points } }));
    expect(reasonsOf(metric.appended)).toEqual({ 'metric point time is 0': 1 });
    expect(metric.rows.map((row) => row['Value'])).toEqual([2]);
    const late = append('logs', logs({ timeUnixNano: '1' }, { observedTimeUnixNano: String(2n ** 63n) }, {}));
    expect(reasonsOf(late.appended)).toEqual({
      'log record time lies before 2000-01-01': 1,
      'log record observed time lies over 36500 days in the future': 1,
    });
    expect(late.rows).toHaveLength(1);
  });

  test('a log record without any time gets the time of receipt', () => {
    const { rows } = append('logs', logs({ body: { stringValue: 'hello' } }));
    expect(rows[0]).toMatchObject({ Timestamp: nanos(receivedUnixMs), ObservedTimestamp: '0', Body: 'hello' });
  });

  test('histograms with more buckets than the limit', () => {
    const counts = Array.from({ length: limits.otlp.bucketsPerHistogram + 1 }, () => '1');
    const point = { timeUnixNano: nanos(receivedUnixMs) };
    const { appended, rows } = append(
      'metrics',
      metrics(
        {
          histogram: {
            dataPoints: [
              { ...point, bucketCounts: counts },
              { ...point, bucketCounts: ['7'] },
            ],
          },
        },
        { exponentialHistogram: { dataPoints: [{ ...point, positive: { bucketCounts: counts } }] } },
        { summary: { dataPoints: [{ ...point, quantileValues: counts.map(() => ({ value: 1 })) }] } },
      ),
    );
    expect(reasonsOf(appended)).toEqual({ 'metric point has more than 4096 buckets': 3 });
    expect(rows).toEqual([expect.objectContaining({ BucketCounts: ['7'] })]);
  });

  test('once the rows of one request come to more than the limit, because each repeats a large resource', () => {
    const resource = { attributes: Array.from({ length: 10 }, (_, i) => pair(`k${i}`, 'x'.repeat(60_000))) };
    const spans = Array.from({ length: 400 }, () => good);
    const small = { ...limits.otlp, rowBytesPerRequest: 100 * 1024 * 1024 };
    const encoder = makeSignalEncoder('traces', small);
    const appended = encoder.append(traces(spans, { resource }), 'protobuf', receivedUnixMs);
    expect(appended.accepted).toBe(175);
    expect(reasonsOf(appended)).toEqual({
      'the request becomes more than 100 MiB of rows: send fewer items at a time': 225,
    });
    expect(encoder.append(traces([good]), 'protobuf', receivedUnixMs).accepted).toBe(1);
  });
});

describe('what is over a limit is cut, and the row says so', () => {
  test('attributes beyond the limit are dropped and counted with those that the sender dropped', () => {
    const many = { attributes: pairs(600), droppedAttributesCount: 5 };
    const { appended, rows } = append(
      'traces',
      traces([{ ...good, ...many, events: [many], links: [many] }], { resource: many }),
    );
    const dropped = 600 - limits.otlp.attributesPerRecord;
    expect(rows[0]).toMatchObject({
      DroppedAttributesCount: dropped + 5,
      ResourceDroppedAttributesCount: dropped + 5,
      'Events.DroppedAttributesCount': [dropped + 5],
      'Links.DroppedAttributesCount': [dropped + 5],
      CutValues: 0,
    });
    expect(rows[0]?.['SpanAttributes']).toHaveLength(limits.otlp.attributesPerRecord);
    expect(appended.cut).toBe(4 * dropped);
  });

  test('where a table has no column for dropped attributes they count as cut', () => {
    const exemplar = { filteredAttributes: pairs(513), asInt: '1' };
    const point = { timeUnixNano: nanos(receivedUnixMs), attributes: pairs(514), exemplars: [exemplar] };
    const { appended, rows } = append('metrics', metrics({ sum: { dataPoints: [point] } }));
    expect(rows[0]).toMatchObject({ CutValues: 3 });
    expect(appended.cut).toBe(3);
  });

  test('events, links and exemplars', () => {
    const empty = (length: number): object[] => Array.from({ length }, () => ({}));
    const many = { ...good, events: empty(1030), links: empty(1025), droppedEventsCount: 1 };
    const { appended, rows } = append('traces', traces([many]));
    expect(rows[0]).toMatchObject({ DroppedEventsCount: 7, DroppedLinksCount: 1 });
    expect(rows[0]?.['Events.Name']).toHaveLength(1024);
    expect(appended.cut).toBe(7);
    const exemplars = Array.from({ length: 258 }, () => ({ asInt: '1' }));
    const point = { timeUnixNano: nanos(receivedUnixMs), exemplars };
    expect(append('metrics', metrics({ gauge: { dataPoints: [point] } })).rows[0]).toMatchObject({ CutValues: 2 });
  });

  test('keys and values at a character border, a 1 MiB attribute among them', () => {
    const attributes = [
      pair('é'.repeat(600), 'x'),
      pair('big', `a${'😀'.repeat(256 * 1024)}`),
      pair('after', 'is kept'),
    ];
    const { appended, rows } = append('traces', traces([{ ...good, attributes }]));
    expect(rows[0]?.['SpanAttributes']).toEqual([
      ['é'.repeat(512), 'x'],
      ['big', `a${'😀'.repeat(16_383)}`],
      ['after', 'is kept'],
    ]);
    expect(rows[0]).toMatchObject({ CutValues: 2 });
    expect(appended.cut).toBe(2);
  });

  test('bodies, nested values and bytes', () => {
    const list = { arrayValue: { values: Array.from({ length: 50_000 }, () => ({ stringValue: 'abc' })) } };
    const { rows } = append(
      'logs',
      logs(
        { body: { stringValue: 'é'.repeat(200_000) } },
        { attributes: [{ key: 'list', value: list }, pair('after', 'x')] },
        { body: { bytesValue: Buffer.alloc(300_000).toString('base64') } },
      ),
    );
    expect(Buffer.byteLength(rows[0]?.['Body'] as string)).toBe(limits.otlp.bodyTextBytes);
    const [nested, after] = (rows[1]?.['LogAttributes'] ?? []) as [string, string][];
    expect(nested?.[1]).toHaveLength(limits.otlp.attributeValueBytes);
    expect(after).toEqual(['after', 'x']);
    expect(rows[2]?.['Body']).toBe('A'.repeat(limits.otlp.bodyTextBytes));
    expect(rows.map((row) => row['CutValues'])).toEqual([1, 1, 1]);
  });

  test('cut resource values mark every row of the resource', () => {
    const resource = { attributes: [pair('big', 'x'.repeat(70_000)), pair('service.name', 'shop')] };
    const { appended, rows } = append('traces', traces([good, good, good], { resource }));
    expect(rows.map(({ CutValues, ServiceName }) => `${ServiceName} ${CutValues}`)).toEqual([
      'shop 1',
      'shop 1',
      'shop 1',
    ]);
    expect(appended.cut).toBe(1);
  });

  test('nesting: 10,000 arrays in one another end at the limit in null', () => {
    const anyType = otlpType('AnyValue');
    let value: Buffer = Buffer.from(anyType.encode({ intValue: 1 }).finish());
    const field = (tag: number, content: Buffer): Buffer => {
      const length = [];
      let rest = content.length;
      for (; rest > 127; rest >>>= 7) length.push((rest & 127) | 128);
      return Buffer.concat([Buffer.from([tag, ...length, rest]), content]);
    };
    for (let i = 0; i < 10_000; i++) value = field(0x2a, field(0x0a, value));
    const record = field(0x2a, value);
    const payload = field(0x0a, field(0x12, field(0x12, record)));
    const { appended, rows } = append('logs', payload);
    const depth = limits.otlp.nestingDepth;
    expect(rows[0]).toMatchObject({ Body: `${'['.repeat(depth)}null${']'.repeat(depth)}`, CutValues: 1 });
    expect(appended.accepted).toBe(1);
  });

  test('ids that cannot be ids are left blank on logs, links and exemplars', () => {
    const ids = { traceId: 'abcd', spanId: '00'.repeat(8) };
    const log = append('logs', logs({ ...ids, body: { stringValue: 'kept' } }));
    expect(log.rows[0]).toMatchObject({ TraceId: '', SpanId: '', Body: 'kept', CutValues: 2 });
    const parents = append(
      'traces',
      traces([
        { ...good, links: [ids], parentSpanId: 'abcd' },
        { ...good, parentSpanId: '00'.repeat(8) },
      ]),
    );
    expect(parents.rows.map((row) => row['CutValues'])).toEqual([3, 0]);
  });

  test('a span that ends before it starts, and numbers that an enum does not have', () => {
    const odd = { ...good, endTimeUnixNano: nanos(receivedUnixMs - 2000), kind: 17, status: { code: 9 } };
    const { rows } = append('traces', traces([odd]));
    expect(rows[0]).toMatchObject({ Duration: '0', SpanKind: 'Unspecified', StatusCode: 'Unset', CutValues: 3 });
  });

  test('text that is not UTF-8 gets replacement characters, in keys, words, values and JSON', () => {
    const broken = (payload: Uint8Array): Uint8Array =>
      Uint8Array.from(Buffer.from(Buffer.from(payload).toString('latin1').replaceAll('#', '\xff'), 'latin1'));
    const long = `${'y'.repeat(500)}#`;
    const attributes = [
      pair('k#', 'v#'),
      pair('long', long),
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x#' }] } } },
    ];
    const { rows } = append(
      'traces',
      broken(
        traces([
          { ...good, name: 'na#me', attributes },
          { ...good, name: 'na#me' },
        ]),
      ),
    );
    expect(rows[0]?.['SpanAttributes']).toEqual([
      ['k\ufffd', 'v\ufffd'],
      ['long', long.replace('#', '\ufffd')],
      ['list', '["x\ufffd"]'],
    ]);
    expect(rows.map(({ SpanName, CutValues }) => [SpanName, CutValues])).toEqual([
      ['na\ufffdme', 5],
      ['na\ufffdme', 1],
    ]);
  });
});

describe('a payload that cannot be read adds nothing', () => {
  const payloads = {
    traces: tracesRequest({ spans: 6 }),
    logs: logsRequest({ records: 6 }),
    metrics: metricsRequest({ points: 8 }),
  };

  function reasonOf(encoder: SignalEncoder, payload: Uint8Array): string {
    try {
      encoder.append(payload, 'protobuf', receivedUnixMs);
    } catch (error) {
      if (error instanceof MalformedPayload) return error.reason;
      throw error;
    }
    return 'it was read';
  }

  test.each(Object.entries(payloads))(
    '%s cut off in the last field: what came before and after is kept',
    (signal, payload) => {
      const [encoder, other] = [makeSignalEncoder(signal as Signal), makeSignalEncoder(signal as Signal)];
      for (const one of [encoder, other]) one.append(payload, 'protobuf', receivedUnixMs);
      expect(reasonOf(encoder, payload.subarray(0, payload.length - 1))).toMatch(
        /does not fit into its message at byte \d+/,
      );
      for (const one of [encoder, other]) one.append(payload, 'protobuf', receivedUnixMs);
      expect(encoder.rows).toBe(other.rows);
      const [taken, expected] = [encoder.take(), other.take()];
      expect(taken.map((block) => reader.read([block]))).toEqual(expected.map((block) => reader.read([block])));
      expect(taken).toEqual(expected);
    },
  );

  test.each([
    ['a length beyond the end', [0x0a, 0x7f], /a field of 127 bytes does not fit/],
    ['a length of 4 GiB', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f, 0], /does not fit/],
    ['a length of 2^63', [0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f], /does not fit/],
    ['a number without end', Array(12).fill(0xff), /longer than 10 bytes/],
    ['a number cut off', [0x80], /ends within a number/],
    ['field number 0', [0x00, 0x01], /number 0/],
    ['wire type 7', [0x0f], /unknown wire type 7/],
    ['the end of a group that did not begin', [0x0c], /group ends/],
    ['a group without end', [0x0b, 0x08, 0x01], /ends within a number/],
    ['half a fixed64', [0x09, 1, 2], /fixed64/],
    ['half a fixed32', [0x0d, 1, 2], /fixed32/],
  ])('%s', (_what, bytes, reason) => {
    expect(reasonOf(makeSignalEncoder('traces'), Uint8Array.from(bytes))).toMatch(reason);
  });

  test('a packed list that is no multiple of its element', () => {
    const metric = [0x4a, 7, 0x0a, 5, 0x32, 3, 1, 2, 3];
    const payload = [0x0a, metric.length + 4, 0x12, metric.length + 2, 0x12, metric.length, ...metric];
    expect(reasonOf(makeSignalEncoder('metrics'), Uint8Array.from(payload))).toMatch(
      /packed field ends within a number/,
    );
  });

  test('an empty payload is an empty request', () => {
    expect(append('traces', new Uint8Array()).appended).toMatchObject({
      accepted: 0,
      rejected: 0,
      cut: 0,
      reasons: new Map(),
    });
    expect(makeSignalEncoder('logs').take()).toEqual([]);
  });
});
