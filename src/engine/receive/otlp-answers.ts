import type { Signal } from '../domain/signals.ts';
import type { Appended, Encoding } from '../otlp/encoder.ts';
import type { Refusal } from './refusals.ts';

/*
 * The few messages a receiver answers with, written by hand:
 *   Export{Trace,Logs,Metrics}ServiceResponse { partial_success = 1 }
 *   Export…PartialSuccess { rejected_{spans,log_records,data_points} = 1 (int64); error_message = 2 (string) }
 *   google.rpc.Status { code = 1 (int32); message = 2 (string); details = 3 (google.protobuf.Any) }
 *   google.rpc.RetryInfo { retry_delay = 1 (google.protobuf.Duration { seconds = 1; nanos = 2 }) }
 * Field numbers: opentelemetry-proto 1.x, googleapis google/rpc/{status,error_details}.proto.
 */

const rejectedName = { traces: 'rejectedSpans', logs: 'rejectedLogRecords', metrics: 'rejectedDataPoints' } as const;
const noBytes = Buffer.alloc(0);
const emptyJson = Buffer.from('{}');
const retryInfoType = 'type.googleapis.com/google.rpc.RetryInfo';

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Buffer.from(bytes);
}

/** A varint field; left out when zero, as proto3 does. */
function numberField(field: number, value: number): Buffer {
  return value === 0 ? noBytes : Buffer.concat([varint(field * 8), varint(value)]);
}

function bytesField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
}

/** Cuts text to a number of UTF-8 bytes without breaking a character. */
export function cutText(text: string, limitBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= limitBytes) return text;
  let end = limitBytes - 3;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return `${bytes.toString('utf8', 0, end)}…`;
}

function rejectionText(appended: Appended, limitBytes: number): string {
  const reasons = [...appended.reasons].toSorted((a, b) => b[1] - a[1]);
  return cutText(reasons.map(([reason, count]) => `${count} × ${reason}`).join('; '), limitBytes);
}

/** The body of a successful answer: empty when all was accepted, else with the partial success that OTLP describes. */
export function successBody(signal: Signal, encoding: Encoding, appended: Appended, textBytes: number): Buffer {
  if (appended.rejected === 0) return encoding === 'json' ? emptyJson : noBytes;
  const errorMessage = rejectionText(appended, textBytes);
  if (encoding === 'json') {
    const partialSuccess = { [rejectedName[signal]]: String(appended.rejected), errorMessage };
    return Buffer.from(JSON.stringify({ partialSuccess }));
  }
  const partial = Buffer.concat([numberField(1, appended.rejected), bytesField(2, Buffer.from(errorMessage))]);
  return bytesField(1, partial);
}

function retryInfo(retryAfterMs: number): Buffer {
  const seconds = Math.floor(retryAfterMs / 1000);
  const duration = Buffer.concat([numberField(1, seconds), numberField(2, (retryAfterMs - seconds * 1000) * 1e6)]);
  const any = Buffer.concat([bytesField(1, Buffer.from(retryInfoType)), bytesField(2, bytesField(1, duration))]);
  return bytesField(3, any);
}

/** A refusal as google.rpc.Status in protobuf: the body of an OTLP/HTTP error, and `grpc-status-details-bin`. */
export function statusProtobuf(refusal: Refusal, textBytes: number): Buffer {
  return Buffer.concat([
    numberField(1, refusal.grpcCode),
    bytesField(2, Buffer.from(cutText(refusal.message, textBytes))),
    refusal.retryAfterMs === undefined ? noBytes : retryInfo(refusal.retryAfterMs),
  ]);
}

/** The same in protobuf's JSON mapping. */
export function statusJson(refusal: Refusal, textBytes: number): Buffer {
  const status = { code: refusal.grpcCode, message: cutText(refusal.message, textBytes) };
  if (refusal.retryAfterMs === undefined) return Buffer.from(JSON.stringify(status));
  const details = [{ '@type': retryInfoType, retryDelay: `${refusal.retryAfterMs / 1000}s` }];
  return Buffer.from(JSON.stringify({ ...status, details }));
}
