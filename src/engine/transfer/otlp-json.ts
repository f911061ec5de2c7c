/** The parts of OTLP/JSON requests that all signals share, as an export builds them from rows. */
export interface KeyValue {
  readonly key: string;
  readonly value: { readonly stringValue: string };
}

/** The store keeps every attribute value as text; nested ones as JSON text. */
export function attributes(map: Readonly<Record<string, string>>): KeyValue[] {
  return Object.entries(map).map(([key, stringValue]) => ({ key, value: { stringValue } }));
}

/** Columns that say whose a row is; rows that share them share one `Resource…` and one `Scope…` of the request. */
export interface OriginRow {
  readonly ResourceAttributes: Readonly<Record<string, string>>;
  readonly ResourceSchemaUrl: string;
  readonly ResourceDroppedAttributesCount: number;
  readonly ScopeName: string;
  readonly ScopeVersion: string;
  readonly ScopeAttributes: Readonly<Record<string, string>>;
  readonly ScopeDroppedAttrCount: number;
  readonly ScopeSchemaUrl: string;
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
  ]);
  return resources.map((ofResource) => {
    const [first] = ofResource as [Row];
    const scopes = groupBy(ofResource, (row) => [
      row.ScopeName,
      row.ScopeVersion,
      row.ScopeAttributes,
      row.ScopeDroppedAttrCount,
      row.ScopeSchemaUrl,
    ]);
    return {
      resource: {
        attributes: attributes(first.ResourceAttributes),
        droppedAttributesCount: first.ResourceDroppedAttributesCount,
      },
      schemaUrl: first.ResourceSchemaUrl,
      scopes: scopes.map((ofScope) => {
        const [row] = ofScope as [Row];
        return {
          scope: {
            name: row.ScopeName,
            version: row.ScopeVersion,
            attributes: attributes(row.ScopeAttributes),
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
