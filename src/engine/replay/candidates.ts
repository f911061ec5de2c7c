import { limits } from '../domain/limits.ts';
import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Signal } from '../domain/signals.ts';
import type { EncodedBlock, SignalEncoder } from '../otlp/encoder.ts';
import { makeSignalEncoder } from '../otlp/signal-encoder.ts';
import type { ArchiveRecord } from '../store/archive/record.ts';

/** A block is cut at this size, so that what is left of it after the comparison is still one block. */
const blockRows = 50_000;

/** Rows of archived requests that may or may not be in the store already, as the receivers made them. */
export class Candidates {
  readonly #signal: Signal;
  #encoder: SignalEncoder;
  #blocks: EncodedBlock[] = [];
  rows = 0;
  contentBytes = 0;
  /** Requests that the decoder could not read: what was taken once should be readable for good. */
  unreadable = 0;

  constructor(signal: Signal) {
    this.#signal = signal;
    this.#encoder = makeSignalEncoder(signal);
  }

  add({ payload, encoding, receivedUnixMs }: ArchiveRecord): void {
    try {
      this.rows += this.#encoder.append(payload, encoding, receivedUnixMs).accepted;
    } catch {
      this.unreadable += 1;
    }
    this.contentBytes += payload.length;
    const days = this.#encoder.days?.size ?? 0;
    if (this.#encoder.rows >= blockRows || days > limits.otlp.daysPerRequest)
      this.#blocks.push(...this.#encoder.take());
  }

  /** All blocks by table; begins anew. */
  take(): ReadonlyMap<TelemetryTableName, readonly EncodedBlock[]> {
    const blocks = [...this.#blocks, ...this.#encoder.take()];
    this.#blocks = [];
    this.#encoder = makeSignalEncoder(this.#signal);
    this.rows = 0;
    this.contentBytes = 0;
    return Map.groupBy(blocks, ({ table }) => table);
  }
}

/** A block as a ClickHouse Native file has it. */
export function nativeBlock({ columns, rows, body }: EncodedBlock): Buffer {
  return Buffer.concat([varint(columns), varint(rows), body]);
}

/** The one block that a Native file holds, `null` when it holds none. */
export function parseNativeBlock(table: TelemetryTableName, bytes: Uint8Array): EncodedBlock | null {
  if (bytes.length === 0) return null;
  const columns = readVarint(bytes, 0);
  const rows = readVarint(bytes, columns.end);
  return { table, columns: columns.value, rows: rows.value, body: bytes.subarray(rows.end) };
}

/** As `file(…)` needs it. */
export function structureOf(table: TelemetryTableName): string {
  return telemetryTables[table].columns.map(({ name, type }) => `\`${name}\` ${type}`).join(', ');
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}

function readVarint(bytes: Uint8Array, offset: number): { value: number; end: number } {
  let value = 0;
  let at = offset;
  for (let factor = 1; ; factor *= 128) {
    const byte = bytes[at] ?? 0;
    at += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) return { value, end: at };
  }
}
