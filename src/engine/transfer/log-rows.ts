import { anyValue } from './any-value.ts';
import { type Attributes, attributes, groupByOrigin, type OriginRow } from './otlp-json.ts';
import { text, typesOf, unheldOf } from './value-types.ts';

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
  readonly LogAttributes: Attributes;
  readonly ValueTypes: string;
  readonly EventName: string;
  readonly DroppedAttributesCount: number;
}

export const logColumns = `toString(toUnixTimestamp64Nano(Timestamp)) AS TimeNanos, toString(toUnixTimestamp64Nano(ObservedTimestamp)) AS ObservedNanos,
  TraceId, SpanId, TraceFlags, SeverityText, SeverityNumber, Body, LogAttributes, ValueTypes, EventName, DroppedAttributesCount`;

/** An `ExportLogsServiceRequest` in OTLP/JSON that gives these rows again. */
export function logsRequest(rows: readonly LogRecordRow[]): object {
  return {
    resourceLogs: groupByOrigin(rows).map(({ resource, schemaUrl, scopes }) => ({
      resource,
      schemaUrl,
      scopeLogs: scopes.map((group) => ({
        scope: group.scope,
        schemaUrl: group.schemaUrl,
        logRecords: group.rows.map(toRecord),
      })),
    })),
  };
}

function toRecord(row: LogRecordRow): object {
  const [ownTypes, bodyType, rest] = row.ValueTypes.split('|');
  const unheld = unheldOf(rest);
  return {
    // Without a time of its own the row has the time at which the record was observed, or received.
    timeUnixNano: unheld.has('o') ? '0' : row.TimeNanos,
    observedTimeUnixNano: row.ObservedNanos,
    traceId: row.TraceId,
    spanId: row.SpanId,
    flags: row.TraceFlags,
    severityText: row.SeverityText,
    severityNumber: Number(unheld.get('v') ?? row.SeverityNumber),
    body: anyValue(row.Body, typesOf(bodyType ?? '')[0] ?? text),
    attributes: attributes(row.LogAttributes, ownTypes),
    eventName: row.EventName,
    droppedAttributesCount: row.DroppedAttributesCount,
  };
}
