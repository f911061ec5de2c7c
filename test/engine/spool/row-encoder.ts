import { MalformedPayload } from '../../../src/engine/domain/errors.ts';
import type { TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import type { Signal } from '../../../src/engine/domain/signals.ts';
import type { Appended, EncodedBlock, SignalEncoder } from '../../../src/engine/otlp/encoder.ts';

/**
 * A request in the smallest form that still makes rows: its name becomes TraceId, its rows are numbered in SpanName.
 * `tables` is for metrics, whose requests reach several.
 */
export interface TinyRequest {
  readonly name: string;
  readonly rows: number;
  readonly tables?: readonly TelemetryTableName[];
  /** Bytes of text in each row, to make large ones. */
  readonly padding?: number;
}

export const tiny = (request: TinyRequest): Uint8Array => Buffer.from(JSON.stringify(request));

interface Row {
  readonly name: string;
  readonly number: number;
  readonly unixMs: number;
  readonly padding: string;
}

const homeOf: { readonly [S in Signal]: TelemetryTableName } = {
  traces: 'otel_traces',
  logs: 'otel_logs',
  metrics: 'otel_metrics_gauge',
};

/** Writes some columns of each table; ClickHouse fills the others with their defaults. */
export function tinyEncoder(signal: Signal): SignalEncoder {
  const waiting = new Map<TelemetryTableName, Row[]>();
  return {
    append(payload, _encoding, receivedUnixMs): Appended {
      const { name, rows, tables, padding } = parse(signal, payload);
      for (const table of tables ?? [homeOf[signal]]) {
        const list = waiting.get(table) ?? [];
        for (let number = 0; number < rows; number++) {
          list.push({ name, number, unixMs: receivedUnixMs, padding: 'x'.repeat(padding ?? 0) });
        }
        waiting.set(table, list);
      }
      return { accepted: rows, rejected: 0, reasons: new Map(), cut: 0 };
    },
    get rows() {
      return [...waiting.values()].reduce((sum, list) => sum + list.length, 0);
    },
    take() {
      const blocks = [...waiting].filter(([, rows]) => rows.length > 0).map(([table, rows]) => blockOf(table, rows));
      waiting.clear();
      return blocks;
    },
  };
}

function parse(signal: Signal, payload: Uint8Array): TinyRequest {
  try {
    return JSON.parse(Buffer.from(payload).toString()) as TinyRequest;
  } catch (error) {
    throw new MalformedPayload({ signal, reason: String(error) });
  }
}

export function blockOf(table: TelemetryTableName, rows: readonly Row[]): EncodedBlock {
  const isMetric = table.startsWith('otel_metrics');
  const columns = [
    column(
      isMetric ? 'TimeUnix' : 'Timestamp',
      'DateTime64(9)',
      rows.map(({ unixMs }) => int64(unixMs)),
    ),
    column(
      'ServiceName',
      'String',
      rows.map(() => text('shop')),
    ),
    column(
      isMetric ? 'MetricName' : 'TraceId',
      'String',
      rows.map(({ name }) => text(name)),
    ),
    column(
      isMetric ? 'MetricUnit' : table === 'otel_logs' ? 'Body' : 'SpanName',
      'String',
      rows.map(({ number, padding }) => text(`row ${number}${padding}`)),
    ),
  ];
  return { table, columns: columns.length, rows: rows.length, body: Buffer.concat(columns) };
}

const column = (name: string, type: string, values: readonly Uint8Array[]): Buffer =>
  Buffer.concat([text(name), text(type), ...values]);

function int64(unixMs: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(BigInt(unixMs) * 1_000_000n);
  return bytes;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length: number[] = [];
  let rest = bytes.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}
