import { type Attributes, attributes, groupByOrigin, type OriginRow } from './otlp-json.ts';
import { unheldOf } from './value-types.ts';

/** A row of otel_traces as an export reads it: times as nanoseconds since 1970, 64-bit integers as text. */
export interface TraceRow extends OriginRow {
  readonly StartNanos: string;
  readonly Duration: string;
  readonly TraceId: string;
  readonly SpanId: string;
  readonly ParentSpanId: string;
  readonly TraceState: string;
  readonly SpanName: string;
  readonly SpanKind: string;
  readonly SpanAttributes: Attributes;
  readonly ValueTypes: string;
  readonly StatusCode: string;
  readonly StatusMessage: string;
  readonly TraceFlags: number;
  readonly DroppedAttributesCount: number;
  readonly DroppedEventsCount: number;
  readonly DroppedLinksCount: number;
  readonly EventNanos: readonly string[];
  readonly 'Events.Name': readonly string[];
  readonly 'Events.Attributes': readonly Attributes[];
  readonly 'Events.DroppedAttributesCount': readonly number[];
  readonly 'Links.TraceId': readonly string[];
  readonly 'Links.SpanId': readonly string[];
  readonly 'Links.TraceState': readonly string[];
  readonly 'Links.Attributes': readonly Attributes[];
  readonly 'Links.TraceFlags': readonly number[];
  readonly 'Links.DroppedAttributesCount': readonly number[];
}

export const traceColumns = `toString(toUnixTimestamp64Nano(Timestamp)) AS StartNanos, toString(Duration) AS Duration, TraceId, SpanId, ParentSpanId,
  TraceState, SpanName, SpanKind, SpanAttributes, ValueTypes, StatusCode, StatusMessage, TraceFlags, DroppedAttributesCount,
  DroppedEventsCount, DroppedLinksCount, arrayMap(t -> toString(toUnixTimestamp64Nano(t)), Events.Timestamp) AS EventNanos,
  Events.Name, Events.Attributes, Events.DroppedAttributesCount, Links.TraceId, Links.SpanId, Links.TraceState,
  Links.Attributes, Links.TraceFlags, Links.DroppedAttributesCount`;

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const statusCodes = ['Unset', 'Ok', 'Error'];

/** An `ExportTraceServiceRequest` in OTLP/JSON that gives these rows again. */
export function tracesRequest(rows: readonly TraceRow[]): object {
  return {
    resourceSpans: groupByOrigin(rows).map(({ resource, schemaUrl, scopes }) => ({
      resource,
      schemaUrl,
      scopeSpans: scopes.map((group) => ({
        scope: group.scope,
        schemaUrl: group.schemaUrl,
        spans: group.rows.map(toSpan),
      })),
    })),
  };
}

function toSpan(row: TraceRow): object {
  const [ownTypes, eventTypes, linkTypes, rest] = row.ValueTypes.split('|');
  const [ofEvent, ofLink] = [eventTypes?.split(','), linkTypes?.split(',')];
  const unheld = unheldOf(rest);
  return {
    traceId: row.TraceId,
    spanId: row.SpanId,
    parentSpanId: row.ParentSpanId,
    traceState: row.TraceState,
    flags: row.TraceFlags,
    name: row.SpanName,
    kind: Number(unheld.get('k') ?? Math.max(0, kinds.indexOf(row.SpanKind))),
    startTimeUnixNano: row.StartNanos,
    endTimeUnixNano: unheld.get('e') ?? String(BigInt(row.StartNanos) + BigInt(row.Duration)),
    attributes: attributes(row.SpanAttributes, ownTypes),
    droppedAttributesCount: row.DroppedAttributesCount,
    droppedEventsCount: row.DroppedEventsCount,
    droppedLinksCount: row.DroppedLinksCount,
    status: {
      code: Number(unheld.get('c') ?? Math.max(0, statusCodes.indexOf(row.StatusCode))),
      message: row.StatusMessage,
    },
    events: row.EventNanos.map((timeUnixNano, index) => ({
      timeUnixNano,
      name: row['Events.Name'][index],
      attributes: attributes(row['Events.Attributes'][index] ?? [], ofEvent?.[index]),
      droppedAttributesCount: row['Events.DroppedAttributesCount'][index],
    })),
    links: row['Links.TraceId'].map((traceId, index) => ({
      traceId,
      spanId: row['Links.SpanId'][index],
      traceState: row['Links.TraceState'][index],
      attributes: attributes(row['Links.Attributes'][index] ?? [], ofLink?.[index]),
      flags: row['Links.TraceFlags'][index],
      droppedAttributesCount: row['Links.DroppedAttributesCount'][index],
    })),
  };
}
