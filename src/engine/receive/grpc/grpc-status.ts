import type { OutgoingHttpHeaders } from 'node:http2';
import { cutText, statusProtobuf } from '../otlp-answers.ts';
import type { Refusal } from '../refusals.ts';

/** `grpc-message` is percent-encoded UTF-8 (gRPC over HTTP/2, "Percent-Encoded"): all but printable ASCII, and `%`. */
export function percentEncode(text: string): string {
  let encoded = '';
  for (const byte of Buffer.from(text)) {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x25;
    encoded += plain ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return encoded;
}

/**
 * A refusal as the headers of a "Trailers-Only" answer. Who should come again is told when, in a RetryInfo inside
 * `grpc-status-details-bin`, as OTLP/gRPC has it.
 */
export function grpcRefusalHeaders(refusal: Refusal, textBytes: number): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {
    ':status': 200,
    'content-type': 'application/grpc',
    'grpc-status': String(refusal.grpcCode),
    'grpc-message': percentEncode(cutText(refusal.message, textBytes)),
  };
  if (refusal.retryAfterMs !== undefined) {
    // Binary headers are base64 without padding.
    headers['grpc-status-details-bin'] = statusProtobuf(refusal, textBytes).toString('base64').replaceAll('=', '');
  }
  return headers;
}

const unitMs: Readonly<Record<string, number>> = { H: 3_600_000, M: 60_000, S: 1_000, m: 1, u: 1e-3, n: 1e-6 };

/** Milliseconds of a `grpc-timeout` header (at most eight digits and a unit); undefined when it is not one. */
export function parseGrpcTimeout(header: string): number | undefined {
  const parts = /^(\d{1,8})([HMSmun])$/.exec(header);
  return parts === null ? undefined : Number(parts[1]) * unitMs[parts[2]!]!;
}
