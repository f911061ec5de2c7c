/**
 * Attributes that say how a request went, not what was different about it: an error's type separates failed from fine
 * requests perfectly, and explains nothing. Names by OpenTelemetry's semantic conventions, former names included, and what
 * people call the like.
 */
const outcome: readonly RegExp[] = [
  // error.type, exception.message, otel.status_code, http.response.status_code, rpc.grpc.status_code, http.status_code …
  /^(error|exception|otel\.status)([._]|$)/i,
  /(^|[._])status[._]?(code|text|message|description)$/i,
  /(^|[._])(error|errors|exception|failure|failed|success|outcome)([._](code|type|message|reason|stack|kind))?$/i,
  // Follows from a failure, as a retry does.
  /^http\.(request\.)?resend_count$/i,
  /(^|[._])(retry|retries|attempt|attempts|retry[._]count)$/i,
  /^process\.exit\.code$/,
  // Durations, under whatever unit.
  /(^|[._])(duration|latency|elapsed|response[._]?time|took)([._]?(ns|us|ms|s|seconds|millis|milliseconds|nanos))?$/i,
  /[._](ns|us|ms|millis|milliseconds|nanos|nanoseconds)$/i,
];

/** Of a failed request these follow from the failure; of a slow one they may be why it is slow. */
export const responseKeys: readonly string[] = [
  'http.response.body.size',
  'http.response.body.uncompressed_size',
  'http.response.size',
  'http.response_content_length',
  'http.response_content_length_uncompressed',
  'http.response.header.content-length',
  'http.response.header.content-type',
  'db.response.returned_rows',
  'rpc.response.size',
  'rpc.server.response.size',
];

export const restatesOutcome = (key: string): boolean => outcome.some((pattern) => pattern.test(key));

/** Names of numbers that count nothing: no threshold of theirs means anything. */
export const isNoQuantity = (key: string): boolean =>
  /([._-]|^)(id|ids|pid|ppid|port|uuid|key|hash|timestamp|time|date|version|code)$/i.test(key) || /[a-z]Id$/.test(key);

/**
 * Of values that the same requests have, the first of these says best what to look at: what people decide (a version, a
 * flag, a tenant) before where it ran, and names that live as long as a process at last.
 */
const simplest: readonly RegExp[] = [
  /^service\.version$|^deployment\.|feature_flag|^app\.version$/,
  /(^|[._])(tenant|customer|account|plan|user)([._]|$)/,
  /^http\.route$|^url\.template$|^messaging\.destination\.name$|^db\.(namespace|collection\.name)$/,
  /region|availability_zone|(^|[._])(zone|cell|shard|partition)([._]|$)/,
  /^k8s\.(cluster|namespace|deployment|node)\.name$|^host\.name$/,
  /^service\.instance\.id$|^k8s\.pod\.name$/,
];
const longLived = simplest.length;

/** The lower, the simpler; ids that nobody chose come last. */
export function simplicity(key: string): number {
  const at = simplest.findIndex((pattern) => pattern.test(key));
  if (at >= 0) return at;
  return /(^|[._])(uid|id|pid|ip|command|command_args|address)$/.test(key) ? longLived + 1 : longLived - 0.5;
}
