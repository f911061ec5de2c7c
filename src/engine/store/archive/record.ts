import { crc32 } from 'node:zlib';
import { type Signal, signals } from '../../domain/signals.ts';

/** One OTLP request as it was taken, with what is needed to make the same rows of it again. */
export interface ArchiveRecord {
  readonly receivedUnixMs: number;
  readonly signal: Signal;
  readonly encoding: 'protobuf' | 'json';
  /** Spans, log records or points that became rows. */
  readonly items: number;
  readonly payload: Uint8Array;
}

/** A stretch of an object that is not what was written. */
export interface Damage {
  readonly offset: number;
  readonly problem: string;
}

/** What a record adds to its payload, at most: the line of JSON and two line ends. */
export const recordOverheadBytes = 256;

/** Writes a record behind `offset`; the buffer must have `recordOverheadBytes` more than the payload. @returns its end */
export function writeRecord(record: ArchiveRecord, into: Buffer, offset: number): number {
  const { receivedUnixMs, signal, encoding, items, payload } = record;
  const crc = crc32(payload).toString(16).padStart(8, '0');
  const head = `{"receivedUnixMs":${receivedUnixMs},"signal":"${signal}","encoding":"${encoding}","items":${items},"bytes":${payload.length},"crc32":"${crc}"}\n`;
  let at = offset + into.write(head, offset, 'latin1');
  into.set(payload, at);
  at += payload.length;
  into[at] = 0x0a;
  return at + 1;
}

/** The records of a frame's content; one with a bad checksum is told as damage and the next one is read. */
export function readRecords(content: Buffer): { readonly records: ArchiveRecord[]; readonly damage: Damage[] } {
  const records: ArchiveRecord[] = [];
  const damage: Damage[] = [];
  for (let at = 0; at < content.length;) {
    const lineEnd = content.indexOf(0x0a, at);
    const head = lineEnd === -1 ? null : parseHead(content.toString('utf8', at, lineEnd));
    if (head === null) {
      damage.push({ offset: at, problem: 'no record begins here' });
      break;
    }
    const payload = content.subarray(lineEnd + 1, lineEnd + 1 + head.bytes);
    if (payload.length < head.bytes) {
      damage.push({ offset: at, problem: 'the record is cut short' });
      break;
    }
    if (crc32(payload) === head.crc) records.push({ ...head.record, payload });
    else damage.push({ offset: at, problem: "a record's CRC-32 is not that of its bytes" });
    at = lineEnd + 1 + head.bytes + 1;
  }
  return { records, damage };
}

function parseHead(line: string): { record: Omit<ArchiveRecord, 'payload'>; bytes: number; crc: number } | null {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
  const { receivedUnixMs, signal, encoding, items, bytes, crc32: crc } = value;
  if (typeof receivedUnixMs !== 'number' || typeof items !== 'number' || typeof crc !== 'string') return null;
  if (typeof bytes !== 'number' || !Number.isInteger(bytes) || bytes < 0) return null;
  if (!signals.includes(signal as Signal) || (encoding !== 'protobuf' && encoding !== 'json')) return null;
  return {
    record: { receivedUnixMs, signal: signal as Signal, encoding, items },
    bytes,
    crc: Number.parseInt(crc, 16),
  };
}
