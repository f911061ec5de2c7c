import type { Signal } from '../../src/engine/domain/signals.ts';
import { type Random, seededRandom } from './random.ts';

/**
 * OTLP/JSON requests that use every field of OTLP 1.x, each with the values at which encodings go wrong: all kinds of
 * AnyValue, empty ones, extremes, repeated keys, fields left out. Seeded: the same seed gives the same request.
 */
export function everyFieldRequest(signal: Signal, seed: number, nowMs: number): object {
  const make = new RequestMaker(seededRandom(seed), BigInt(nowMs) * 1_000_000n);
  return make.request(signal);
}

const texts = ['', 'a', 'checkout', 'GET /cart/{id}', 'ä€😀', '\u0000\t\n"\\/', '<&>', '123', 'true', 'null', 'NaN'];
const more = ['\u2028', 'x'.repeat(127), 'x'.repeat(128), 'é'.repeat(300), ' ', '{"a":1}', '[1]', "'; DROP", '\ufffd'];
const words = [...texts, ...more];
const keys = ['service.name', 'http.route', '0', '42', '-1', '__proto__', 'constructor', 'toString', 'ä', ''];
const integers = ['0', '1', '-1', '127', '-128', '4294967296', '9007199254740991', '9007199254740993'];
const int64s = [...integers, '-9007199254740993', '9223372036854775807', '-9223372036854775808'];
const uint64s = ['0', '1', '300', '9007199254740993', '9223372036854775808', '18446744073709551615'];
const uint32s = [0, 1, 255, 256, 65_536, 2_147_483_648, 4_294_967_295];
const sint32s = [0, 1, -1, 20, -10, 2_147_483_647, -2_147_483_648];
const doubles = [
  0,
  '-0',
  1,
  -1.5,
  0.1,
  1e21,
  1e-7,
  5e-324,
  1.7976931348623157e308,
  'NaN',
  'Infinity',
  '-Infinity',
  1e15,
];

class RequestMaker {
  private readonly random: Random;
  private readonly now: bigint;

  constructor(random: Random, now: bigint) {
    this.random = random;
    this.now = now;
  }

  request(signal: Signal): object {
    const groups = { traces: 'resourceSpans', logs: 'resourceLogs', metrics: 'resourceMetrics' }[signal];
    const scopes = { traces: 'scopeSpans', logs: 'scopeLogs', metrics: 'scopeMetrics' }[signal];
    const items = { traces: 'spans', logs: 'logRecords', metrics: 'metrics' }[signal];
    const item = { traces: () => this.span(), logs: () => this.logRecord(), metrics: () => this.metric() }[signal];
    return {
      [groups]: this.some(1, 2, () => ({
        ...this.maybe({ resource: () => this.resource(), schemaUrl: () => this.text() }),
        [scopes]: this.some(1, 2, () => ({
          ...this.maybe({ scope: () => this.scope(), schemaUrl: () => this.text() }),
          [items]: this.some(1, 3, item),
        })),
      })),
    };
  }

  private some<T>(least: number, most: number, make: () => T): T[] {
    return Array.from({ length: least + this.random.int(most - least + 1) }, make);
  }

  /** Each field with a chance of three quarters. */
  private maybe(fields: Readonly<Record<string, () => unknown>>): object {
    const present = Object.entries(fields).filter(() => this.random.unit() < 0.75);
    return Object.fromEntries(present.map(([name, make]) => [name, make()]));
  }

  private text(): string {
    return this.random.pick(words);
  }

  private id(bytes: number): string {
    return this.random.unit() < 0.1 ? '' : this.random.hex(bytes * 2);
  }

  private time(): string {
    return String(this.now - BigInt(this.random.int(3_600_000)) * 1_000_000n - BigInt(this.random.int(1_000_000)));
  }

  private readonly double = (): number | string =>
    this.random.unit() < 0.3 ? (this.random.unit() - 0.5) * 10 ** this.random.int(20) : this.random.pick(doubles);
  private readonly uint32 = (): number => this.random.pick(uint32s);
  private readonly uint64 = (): string => this.random.pick(uint64s);

  private anyValue(depth = 0): object {
    const { random } = this;
    const kinds = depth < 4 ? 9 : 7;
    switch (random.int(kinds)) {
      case 0:
        return { boolValue: random.unit() < 0.5 };
      case 1:
        return { intValue: random.pick(int64s) };
      case 2:
        return { doubleValue: this.double() };
      case 3:
        return { bytesValue: Buffer.from(random.hex(2 * (1 + random.int(9))), 'hex').toString('base64') };
      case 4:
        return random.unit() < 0.5 ? {} : { bytesValue: '' };
      case 5:
      case 6:
        return { stringValue: this.text() };
      case 7:
        return { arrayValue: { values: this.some(0, 4, () => this.anyValue(depth + 1)) } };
      default:
        return { kvlistValue: { values: this.some(0, 4, () => this.keyValue(depth + 1)) } };
    }
  }

  private keyValue(depth = 0): object {
    const key = this.random.pick([...keys, this.text()]);
    return this.random.unit() < 0.03 ? { key } : { key, value: this.anyValue(depth) };
  }

  private readonly attributes = (): object[] => this.some(0, 6, () => this.keyValue());

  private resource(): object {
    return this.maybe({
      attributes: this.attributes,
      droppedAttributesCount: this.uint32,
      entityRefs: () =>
        this.some(0, 2, () =>
          this.maybe({
            schemaUrl: () => this.text(),
            type: () => 'service',
            idKeys: () => this.some(0, 2, () => this.text()),
            descriptionKeys: () => this.some(0, 2, () => this.text()),
          }),
        ),
    });
  }

  private scope(): object {
    return this.maybe({
      name: () => this.text(),
      version: () => this.text(),
      attributes: this.attributes,
      droppedAttributesCount: this.uint32,
    });
  }

  private span(): object {
    const { random } = this;
    return {
      traceId: random.hex(32),
      spanId: random.hex(16),
      startTimeUnixNano: this.time(),
      ...this.maybe({
        traceState: () => 'vendor=1,other=2',
        parentSpanId: () => this.id(8),
        name: () => this.text(),
        kind: () => random.pick([0, 1, 2, 3, 4, 5, 6, 99, 2_147_483_647]),
        endTimeUnixNano: () => random.pick([this.time(), this.time(), String(this.now), '1', '18446744073709551615']),
        attributes: this.attributes,
        droppedAttributesCount: this.uint32,
        droppedEventsCount: this.uint32,
        droppedLinksCount: this.uint32,
        flags: this.uint32,
        status: () => this.maybe({ message: () => this.text(), code: () => random.pick([0, 1, 2, 3, 77]) }),
        events: () =>
          this.some(0, 3, () =>
            this.maybe({
              timeUnixNano: () => this.time(),
              name: () => this.text(),
              attributes: this.attributes,
              droppedAttributesCount: this.uint32,
            }),
          ),
        links: () =>
          this.some(0, 3, () =>
            this.maybe({
              traceId: () => this.id(16),
              spanId: () => this.id(8),
              traceState: () => 'a=b',
              attributes: this.attributes,
              droppedAttributesCount: this.uint32,
              flags: this.uint32,
            }),
          ),
      }),
    };
  }

  private logRecord(): object {
    const { random } = this;
    return this.maybe({
      timeUnixNano: () => this.time(),
      observedTimeUnixNano: () => this.time(),
      severityNumber: () => random.pick([0, 1, 9, 17, 24, 25, 255, 256, 100_000]),
      severityText: () => this.text(),
      body: () => this.anyValue(),
      attributes: this.attributes,
      droppedAttributesCount: this.uint32,
      flags: this.uint32,
      traceId: () => this.id(16),
      spanId: () => this.id(8),
      eventName: () => this.text(),
    });
  }

  private number(): object {
    const kind = this.random.int(5);
    if (kind === 0) return {};
    return kind < 3 ? { asInt: this.random.pick(int64s) } : { asDouble: this.double() };
  }

  private point(fields: Readonly<Record<string, () => unknown>>): object {
    const common = { attributes: this.attributes, startTimeUnixNano: () => this.time(), flags: this.uint32 };
    return { timeUnixNano: this.time(), ...this.maybe({ ...common, ...fields }) };
  }

  private readonly exemplars = (): object[] =>
    this.some(0, 3, () => ({
      ...this.maybe({
        filteredAttributes: this.attributes,
        timeUnixNano: () => this.time(),
        spanId: () => this.id(8),
        traceId: () => this.id(16),
      }),
      ...this.number(),
    }));

  private metric(): object {
    const { random } = this;
    const counts = (): string[] => this.some(0, 5, this.uint64);
    const buckets = (): object => this.maybe({ offset: () => random.pick(sint32s), bucketCounts: counts });
    const spread = { count: this.uint64, sum: this.double, min: this.double, max: this.double };
    const numbers = (): object[] =>
      this.some(1, 3, () => ({ ...this.point({ exemplars: this.exemplars }), ...this.number() }));
    const aggregationTemporality = random.pick([0, 1, 2, 3, 2_147_483_647]);
    const data = [
      () => ({ gauge: { dataPoints: numbers() } }),
      () => ({ sum: { dataPoints: numbers(), aggregationTemporality, isMonotonic: random.unit() < 0.5 } }),
      () => ({
        histogram: {
          aggregationTemporality,
          dataPoints: this.some(1, 3, () =>
            this.point({
              ...spread,
              exemplars: this.exemplars,
              bucketCounts: counts,
              explicitBounds: () => this.some(0, 5, this.double),
            }),
          ),
        },
      }),
      () => ({
        exponentialHistogram: {
          aggregationTemporality,
          dataPoints: this.some(1, 3, () =>
            this.point({
              ...spread,
              exemplars: this.exemplars,
              scale: () => random.pick(sint32s),
              zeroCount: this.uint64,
              zeroThreshold: this.double,
              positive: buckets,
              negative: buckets,
            }),
          ),
        },
      }),
      () => ({
        summary: {
          dataPoints: this.some(1, 3, () =>
            this.point({
              count: this.uint64,
              sum: this.double,
              quantileValues: () => this.some(0, 3, () => this.maybe({ quantile: this.double, value: this.double })),
            }),
          ),
        },
      }),
    ];
    return {
      ...this.maybe({
        name: () => this.text(),
        description: () => this.text(),
        unit: () => this.text(),
        metadata: this.attributes,
      }),
      ...random.pick(data)(),
    };
  }
}
