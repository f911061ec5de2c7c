import protobuf from 'protobufjs';

/** The messages that receivers answer with, from opentelemetry-proto and googleapis, as the oracle in tests. */
const root = protobuf.parse(`
syntax = "proto3";
message TracesPartialSuccess { int64 rejected_spans = 1; string error_message = 2; }
message LogsPartialSuccess { int64 rejected_log_records = 1; string error_message = 2; }
message MetricsPartialSuccess { int64 rejected_data_points = 1; string error_message = 2; }
message TracesResponse { TracesPartialSuccess partial_success = 1; }
message LogsResponse { LogsPartialSuccess partial_success = 1; }
message MetricsResponse { MetricsPartialSuccess partial_success = 1; }
message Duration { int64 seconds = 1; int32 nanos = 2; }
message RetryInfo { Duration retry_delay = 1; }
message Any { string type_url = 1; bytes value = 2; }
message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
`).root;

function decode(name: string, bytes: Uint8Array): Record<string, unknown> {
  const type = root.lookupType(name);
  return type.toObject(type.decode(bytes), { longs: Number }) as Record<string, unknown>;
}

export interface PartialSuccess {
  readonly rejectedSpans?: number;
  readonly rejectedLogRecords?: number;
  readonly rejectedDataPoints?: number;
  readonly errorMessage: string;
}

export function partialSuccessOf(signal: 'traces' | 'logs' | 'metrics', body: Uint8Array): PartialSuccess | undefined {
  const name = { traces: 'TracesResponse', logs: 'LogsResponse', metrics: 'MetricsResponse' }[signal];
  return decode(name, body)['partialSuccess'] as PartialSuccess | undefined;
}

export interface Status {
  readonly code: number;
  readonly message: string;
  readonly retryDelay?: { readonly seconds?: number; readonly nanos?: number };
}

export function statusOf(bytes: Uint8Array): Status {
  const { code, message, details } = decode('Status', bytes) as {
    code: number;
    message: string;
    details?: { typeUrl: string; value: Uint8Array }[];
  };
  const info = details?.find(({ typeUrl }) => typeUrl === 'type.googleapis.com/google.rpc.RetryInfo');
  if (info === undefined) return { code, message };
  return { code, message, retryDelay: decode('RetryInfo', info.value)['retryDelay'] as { seconds?: number } };
}
