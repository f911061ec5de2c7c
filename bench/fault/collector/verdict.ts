import type { Signal } from '../../../src/engine/domain/signals.ts';
import type { FailedAttempt, Failure } from './failed-attempts.ts';
import { streamName, type Sent } from './load.ts';
import type { Route } from './routes.ts';

/** One route and signal, at the end. */
export interface StreamVerdict {
  readonly stream: string;
  readonly sent: number;
  readonly stored: number;
  readonly lost: number;
  /** Attempts of the Collector that ended without an answer: what they carried may have been stored, and comes again. */
  readonly unanswered: number;
  /** Requests that are there once more than they should, for each further time. */
  readonly copies: number;
  /** … as rows. */
  readonly doubledRows: number;
  /** Copies that the Collector's repetitions do not account for: those would be ours. */
  readonly doubledByObs: number;
}

export interface StoredRequest {
  readonly request: string;
  readonly rows: number;
  readonly distinct: number;
}

/** A statement whose rows are those of `StoredRequest`, for one route. */
export const storedStatement: Readonly<Record<Signal, (service: string) => string>> = {
  traces: (service) => `SELECT TraceId AS request, toUInt32(count()) AS rows, toUInt32(uniqExact(SpanId)) AS distinct
FROM otel_traces WHERE ServiceName = '${service}' GROUP BY request`,
  logs: (service) => `SELECT TraceId AS request, toUInt32(count()) AS rows, toUInt32(uniqExact(SpanId)) AS distinct
FROM otel_logs WHERE ServiceName = '${service}' GROUP BY request`,
  metrics: (service) => `SELECT Attributes['request'] AS request, toUInt32(count()) AS rows,
toUInt32(uniqExact(Value)) AS distinct FROM otel_metrics_gauge WHERE ServiceName = '${service}' GROUP BY request`,
};

export function judgeStream(
  route: Route,
  signal: Signal,
  rowsOfRequest: number,
  sent: Sent,
  stored: readonly StoredRequest[],
  failed: readonly FailedAttempt[],
): StreamVerdict {
  const stream = streamName(route.name, signal);
  const sentRows = (sent.get(stream) ?? 0) * rowsOfRequest;
  const storedRows = stored.reduce((sum, { distinct }) => sum + distinct, 0);
  const doubledRows = stored.reduce((sum, { rows, distinct }) => sum + rows - distinct, 0);
  const copies = stored.reduce((sum, { rows, distinct }) => sum + Math.ceil((rows - distinct) / rowsOfRequest), 0);
  const unanswered = failuresOf(failed, 'unanswered').filter(
    (attempt) => attempt.route === route.name && attempt.signal === signal,
  ).length;
  return {
    stream,
    sent: sentRows,
    stored: storedRows,
    lost: sentRows - storedRows,
    unanswered,
    copies,
    doubledRows,
    doubledByObs: Math.max(0, copies - unanswered),
  };
}

export const failuresOf = (failed: readonly FailedAttempt[], failure: Failure): readonly FailedAttempt[] =>
  failed.filter((attempt) => attempt.failure === failure);
