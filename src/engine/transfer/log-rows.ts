import { attributes, groupByOrigin, type OriginRow } from './otlp-json.ts';

/** A row of otel_logs as an export reads it. */
export interface LogRecordRow extends OriginRow {
  readonly TimeNanos: string;
  readonly ObservedNanos: string;
  readonly TraceId: string;
  readonly SpanId: string;
  readonly TraceFlags: number;
  readonly SeverityText: string;
  readonly SeverityNumber: number;
  readonly Body: string;
  readonly LogAttributes: Readonly<Record<string, string>>;
  readonly EventName: string;
  readonly DroppedAttributesCount: number;
}

export const logColumns = `toString(toUnixTimestamp64Nano(Timestamp)) AS TimeNanos, toString(toUnixTimestamp64Nano(ObservedTimestamp)) AS ObservedNanos,
  TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, Body, LogAttributes, EventName, DroppedAttributesCount`;

/** An `ExportLogsServiceRequest` in OTLP/JSON that gives these rows again. */
export function logsRequest(rows: readonly LogRecordRow[]): object {
  return {
    resourceLogs: groupByOrigin(rows).map(({ resource, schemaUrl, scopes }) => ({
      resource,
      schemaUrl,
      scopeLogs: scopes.map((group) => ({
        scope: group.scope,
        schemaUrl: group.schemaUrl,
        logRecords: group.rows.map((row) => ({
          timeUnixNano: row.TimeNanos,
          observedTimeUnixNano: row.ObservedNanos,
          traceId: row.TraceId,
          spanId: row.SpanId,
          flags: row.TraceFlags,
          severityText: row.SeverityText,
          severityNumber: row.SeverityNumber,
          body: { stringValue: row.Body },
          attributes: attributes(row.LogAttributes),
          eventName: row.EventName,
          droppedAttributesCount: row.DroppedAttributesCount,
        })),
      })),
    })),
  };
}
