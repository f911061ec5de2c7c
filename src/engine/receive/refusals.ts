import type { MalformedPayload, Overloaded, StorageFailed } from '../domain/errors.ts';
import { messageOf } from '../domain/messages.ts';
import { signals } from '../domain/signals.ts';

/** Why a request as a whole was not taken; the names under which refusals are counted. */
export const refusalReasons = [
  'malformed',
  'corrupt-compression',
  'unknown-compression',
  'unknown-content-type',
  'too-large',
  'compression-bomb',
  'overloaded',
  'storage-failed',
  'forbidden-host',
  'forbidden-origin',
  'unauthenticated',
  'no-client-certificate',
  'unknown-path',
  'unknown-method',
  'bad-framing',
  'timeout',
  'aborted',
  'wrong-protocol',
  'too-many-connections',
  'internal',
] as const;
export type RefusalReason = (typeof refusalReasons)[number];

/** Codes of `google.rpc.Code`, which gRPC's `grpc-status` and the body of an OTLP/HTTP error share. */
export const grpcCodes = {
  ok: 0,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** One answer that says no, for both transports. `retryAfterMs` is there exactly when the sender should come again. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly httpStatus: number;
  readonly grpcCode: number;
  readonly message: string;
  readonly retryAfterMs?: number;
  /** Further HTTP headers (`Allow`, `Accept-Encoding`), in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
}

const paths = signals.map((signal) => `/v1/${signal}`).join(', ');

function sentence(error: MalformedPayload | Overloaded | StorageFailed): string {
  const { what, why, next } = messageOf(error);
  return `${what}: ${why}. ${next}.`;
}

/** After a disk error the same request may well succeed: a person may have made room, or the error was for one file. */
const storageRetryMs = 5_000;

/**
 * OTLP's retryable answers are 429 and 503, and UNAVAILABLE. It is 503 for every overload: the shortage is the
 * server's and not the sender's share of it, and some SDKs repeat 5xx but not 429.
 */
export function refusalOf(error: MalformedPayload | Overloaded | StorageFailed): Refusal {
  const message = sentence(error);
  switch (error._tag) {
    case 'MalformedPayload':
      return { reason: 'malformed', httpStatus: 400, grpcCode: grpcCodes.invalidArgument, message };
    case 'Overloaded': {
      const { retryAfterMs } = error;
      return { reason: 'overloaded', httpStatus: 503, grpcCode: grpcCodes.unavailable, message, retryAfterMs };
    }
    case 'StorageFailed':
      return {
        reason: 'storage-failed',
        httpStatus: 503,
        grpcCode: grpcCodes.unavailable,
        message,
        retryAfterMs: storageRetryMs,
      };
  }
}

function invalid(reason: RefusalReason, message: string): Refusal {
  return { reason, httpStatus: 400, grpcCode: grpcCodes.invalidArgument, message };
}

/** The sentences of everything that is refused before a payload is looked at. */
export const refusals = {
  tooLarge: (limitBytes: number): Refusal => ({
    reason: 'too-large',
    httpStatus: 413,
    grpcCode: grpcCodes.resourceExhausted,
    message: `The request is larger than ${limitBytes} bytes after decompression. Send smaller batches.`,
  }),
  compressionBomb: (ratio: number): Refusal => ({
    reason: 'compression-bomb',
    httpStatus: 413,
    grpcCode: grpcCodes.resourceExhausted,
    message: `The request becomes more than ${ratio} times larger when it is decompressed: that is no telemetry.`,
  }),
  corrupt: (encoding: string, why: string): Refusal =>
    invalid('corrupt-compression', `The body is not readable ${encoding}: ${why}.`),
  unknownCompression: (encoding: string, known: string): Refusal => ({
    reason: 'unknown-compression',
    httpStatus: 415,
    grpcCode: grpcCodes.unimplemented,
    message: `Compression "${encoding}" is not known here. Use one of: ${known}.`,
    headers: { 'accept-encoding': known },
  }),
  unknownContentType: (contentType: string | undefined): Refusal => ({
    reason: 'unknown-content-type',
    httpStatus: 415,
    grpcCode: grpcCodes.unimplemented,
    message:
      (contentType === undefined ? 'The request has no Content-Type' : `Content-Type "${contentType}" is not OTLP's`) +
      '. Use application/x-protobuf or application/json.',
  }),
  forbiddenHost: (host: string | undefined): Refusal => ({
    reason: 'forbidden-host',
    httpStatus: 403,
    grpcCode: grpcCodes.permissionDenied,
    message:
      `obs does not answer to the host name "${host ?? ''}". ` +
      'Use localhost or 127.0.0.1, or add the name to the allowed hosts.',
  }),
  forbiddenOrigin: (origin: string): Refusal => ({
    reason: 'forbidden-origin',
    httpStatus: 403,
    grpcCode: grpcCodes.permissionDenied,
    message: `Requests from web pages (origin "${origin}") are refused: CORS is off.`,
  }),
  unauthenticated: (verdict: 'missing' | 'wrong'): Refusal => ({
    reason: 'unauthenticated',
    httpStatus: 401,
    grpcCode: grpcCodes.unauthenticated,
    message:
      (verdict === 'missing'
        ? 'This receiver takes telemetry only with its token'
        : 'The token is not the one of this receiver') +
      ': send the header "authorization: Bearer <token>" (OTEL_EXPORTER_OTLP_HEADERS).',
    headers: { 'www-authenticate': 'Bearer realm="obs"' },
  }),
  ownCommandsOnly: (path: string): Refusal => ({
    reason: 'unauthenticated',
    httpStatus: 403,
    grpcCode: grpcCodes.permissionDenied,
    message: `${path} is for obs's own commands, by the key of the run file; the token of senders does not open it.`,
  }),
  corsOff: {
    reason: 'forbidden-origin',
    httpStatus: 403,
    grpcCode: grpcCodes.permissionDenied,
    message: 'CORS is off: preflight requests are refused. Web pages cannot send telemetry here directly.',
  } satisfies Refusal,
  unknownPath: (path: string, hint: string | undefined): Refusal => ({
    reason: 'unknown-path',
    httpStatus: 404,
    grpcCode: grpcCodes.notFound,
    message: `Nothing is at ${path}. ${hint ?? `OTLP/HTTP is POSTed to ${paths}.`}`,
  }),
  wrongMethod: (method: string, path: string, allow: string): Refusal => ({
    reason: 'unknown-method',
    httpStatus: 405,
    grpcCode: grpcCodes.unimplemented,
    message: `${method} is not possible at ${path}: use ${allow}.`,
    headers: { allow },
  }),
  unknownGrpcMethod: (path: string): Refusal => ({
    reason: 'unknown-method',
    httpStatus: 404,
    grpcCode: grpcCodes.unimplemented,
    message:
      `No gRPC method ${path} here. There are TraceService/Export, LogsService/Export and MetricsService/Export ` +
      'of opentelemetry.proto.collector.{trace,logs,metrics}.v1, and grpc.health.v1.Health/Check.',
  }),
  unknownHealthService: {
    reason: 'unknown-path',
    httpStatus: 404,
    grpcCode: grpcCodes.notFound,
    message: 'No such service; health is known for the server (no name) and the three OTLP services.',
  } satisfies Refusal,
  badGrpcFraming: (why: string): Refusal => invalid('bad-framing', `The gRPC message is not readable: ${why}.`),
  timeout: (what: string): Refusal => ({
    reason: 'timeout',
    httpStatus: 408,
    grpcCode: grpcCodes.deadlineExceeded,
    message: `The request did not arrive in time (${what}).`,
  }),
  internal: {
    reason: 'internal',
    httpStatus: 500,
    grpcCode: grpcCodes.internal,
    message: 'obs failed to handle this request; its log says more.',
  } satisfies Refusal,
  httpOnGrpcPort:
    'This port speaks OTLP/gRPC (HTTP/2). Send OTLP/HTTP to the HTTP port (4318 unless changed; `obs status` lists both), ' +
    'or set OTEL_EXPORTER_OTLP_PROTOCOL=grpc.\n',
  plainOnTlsPort: 'This port speaks TLS: use https:// (`obs status` lists the addresses).\n',
  grpcOnHttpPort: {
    reason: 'wrong-protocol',
    httpStatus: 400,
    grpcCode: grpcCodes.unimplemented,
    message:
      'This port speaks OTLP/HTTP over HTTP/1.1. Send OTLP/gRPC to the gRPC port (4317 unless changed; `obs status` ' +
      'lists both), or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.',
  } satisfies Refusal,
} as const;
