import { resource as resourceShape } from '../otlp/json/message-shapes.ts';
import type { MessageShape } from '../otlp/json/message-shapes.ts';
import { protobufToJson } from '../otlp/json/protobuf-to-json.ts';
import { anyValue, type AnyValue } from './any-value.ts';
import { text, typesOf, unheldOf } from './value-types.ts';

/** The parts of OTLP/JSON requests that all signals share, as an export builds them from rows. */
export interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}

/** A map as pairs: keys may repeat, and their order is the sender's. */
export type Attributes = readonly (readonly [key: string, value: string])[];

/** The store keeps every attribute value as text, and of which types they are apart from it. */
export function attributes(map: Attributes, section: string | undefined): KeyValue[] {
  const types = typesOf(section ?? '');
  return map.map(([key, value], index) => ({ key, value: anyValue(value, types[index] ?? text) }));
}

/** Fields that a row keeps as they came, `{}` where it has none. */
export function keptFields(shape: MessageShape, base64: string | undefined): object {
  return base64 === undefined ? {} : protobufToJson(shape, Buffer.from(base64, 'base64'));
}

/** Columns that say whose a row is; rows that share them share one `Resource…` and one `Scope…` of the request. */
export interface OriginRow {
  readonly ResourceAttributes: Attributes;
  readonly ResourceSchemaUrl: string;
  readonly ResourceDroppedAttributesCount: number;
  readonly ScopeName: string;
  readonly ScopeVersion: string;
  readonly ScopeAttributes: Attributes;
  readonly ScopeDroppedAttrCount: number;
  readonly ScopeSchemaUrl: string;
  readonly OriginTypes: string;
}

export interface ResourceGroup<Row> {
  readonly resource: object;
  readonly schemaUrl: string;
  readonly scopes: readonly { readonly scope: object; readonly schemaUrl: string; readonly rows: readonly Row[] }[];
}

/** Groups rows by resource, then by scope, in the order in which they first appear. */
export function groupByOrigin<Row extends OriginRow>(rows: readonly Row[]): ResourceGroup<Row>[] {
  const resources = groupBy(rows, (row) => [
    row.ResourceAttributes,
    row.ResourceSchemaUrl,
    row.ResourceDroppedAttributesCount,
    row.OriginTypes,
  ]);
  return resources.map((ofResource) => {
    const [first] = ofResource as [Row];
    const [resourceTypes, scopeTypes, unheld] = first.OriginTypes.split('|');
    const scopes = groupBy(ofResource, (row) => [
      row.ScopeName,
      row.ScopeVersion,
      row.ScopeAttributes,
      row.ScopeDroppedAttrCount,
      row.ScopeSchemaUrl,
    ]);
    return {
      resource: {
        attributes: attributes(first.ResourceAttributes, resourceTypes),
        droppedAttributesCount: first.ResourceDroppedAttributesCount,
        ...keptFields(resourceShape, unheldOf(unheld).get('r')),
      },
      schemaUrl: first.ResourceSchemaUrl,
      scopes: scopes.map((ofScope) => {
        const [row] = ofScope as [Row];
        return {
          scope: {
            name: row.ScopeName,
            version: row.ScopeVersion,
            attributes: attributes(row.ScopeAttributes, scopeTypes),
            droppedAttributesCount: row.ScopeDroppedAttrCount,
          },
          schemaUrl: row.ScopeSchemaUrl,
          rows: ofScope,
        };
      }),
    };
  });
}

export function groupBy<Row>(rows: readonly Row[], keyOf: (row: Row) => unknown): Row[][] {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = JSON.stringify(keyOf(row));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row]);
    else group.push(row);
  }
  return [...groups.values()];
}
