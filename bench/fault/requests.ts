import { protobufOfJson } from '../../test/support/otlp-proto.ts';
import type { Counts, StoredRequest } from './target.ts';

const service = 'fault-kill';

/**
 * A request whose every row can be told from all others: its number is the trace id and the operation's name (so that
 * the rollup, which is by operation, can be checked request by request), the row's number the span id.
 */
export function spansRequest(request: number, rows: number, unixMs: number): Uint8Array {
  const start = String(BigInt(unixMs) * 1_000_000n);
  return protobufOfJson('traces', {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
        scopeSpans: [
          {
            spans: Array.from({ length: rows }, (_, row) => ({
              traceId: hex(request + 1, 32),
              spanId: hex(row + 1, 16),
              name: `request ${request}`,
              kind: 2,
              startTimeUnixNano: start,
              endTimeUnixNano: start,
              attributes: [{ key: 'fault.request', value: { intValue: String(request) } }],
            })),
          },
        ],
      },
    ],
  });
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}

/** Both give lines of JSON with numbers as text or number. */
export const countQueries = {
  stored: `SELECT replaceOne(SpanName, 'request ', '') AS request, count() AS rows, uniqExact(SpanId) AS distinct
FROM otel_traces WHERE ServiceName = '${service}' GROUP BY request`,
  rollup: `SELECT replaceOne(SpanName, 'request ', '') AS request, sum(Calls) AS calls
FROM obs_red_1m WHERE ServiceName = '${service}' GROUP BY request`,
} as const;

export function readCounts(stored: string, rollup: string): Counts {
  return {
    stored: jsonLines(stored).map(({ request, rows, distinct }): StoredRequest => ({
      request: Number(request),
      rows: Number(rows),
      distinct: Number(distinct),
    })),
    rollup: new Map(jsonLines(rollup).map(({ request, calls }) => [Number(request), Number(calls)])),
  };
}

function jsonLines(text: string): Record<string, string | number>[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, string | number>);
}
