/** How many bytes a column of a type takes in the Native format, as far as that must be known to find its end. */
export type Layout =
  | { readonly kind: 'fixed'; readonly bytes: number }
  | { readonly kind: 'string' }
  | { readonly kind: 'nullable'; readonly of: Layout }
  | { readonly kind: 'array'; readonly of: Layout }
  | { readonly kind: 'tuple'; readonly of: readonly Layout[] }
  | { readonly kind: 'dictionary'; readonly keys: Layout };

const fixedBytes: ReadonlyMap<string, number> = new Map([
  ...['UInt8', 'Int8', 'Bool', 'Enum8', 'Nothing'].map((name) => [name, 1] as const),
  ...['UInt16', 'Int16', 'Date', 'Enum16', 'BFloat16'].map((name) => [name, 2] as const),
  ...['UInt32', 'Int32', 'Float32', 'Date32', 'DateTime', 'IPv4', 'Decimal32', 'Time'].map(
    (name) => [name, 4] as const,
  ),
  ...['UInt64', 'Int64', 'Float64', 'DateTime64', 'Decimal64', 'Time64'].map((name) => [name, 8] as const),
  ...['UInt128', 'Int128', 'UUID', 'IPv6', 'Decimal128'].map((name) => [name, 16] as const),
  ...['UInt256', 'Int256', 'Decimal256'].map((name) => [name, 32] as const),
]);

const fixed = (bytes: number): Layout => ({ kind: 'fixed', bytes });
const array = (of: Layout): Layout => ({ kind: 'array', of });
const point: Layout = { kind: 'tuple', of: [fixed(8), fixed(8)] };
const geometry: ReadonlyMap<string, Layout> = new Map([
  ['Point', point],
  ['Ring', array(point)],
  ['LineString', array(point)],
  ['Polygon', array(array(point))],
  ['MultiLineString', array(array(point))],
  ['MultiPolygon', array(array(array(point)))],
]);

/** Of a type as ClickHouse writes its name; undefined for those whose bytes say more than their name does. */
export function layoutOf(type: string): Layout | undefined {
  const open = type.indexOf('(');
  const name = open < 0 ? type : type.slice(0, open);
  const parts = open < 0 ? [] : partsOf(type.slice(open + 1, -1));
  const bytes = fixedBytes.get(name);
  if (bytes !== undefined) return fixed(bytes);
  if (name.startsWith('Interval')) return fixed(8);
  if (name === 'Nested') return nested(parts.map(withoutName), array);
  switch (name) {
    case 'String':
      return { kind: 'string' };
    case 'FixedString':
      return fixed(Number(parts[0]));
    case 'Decimal':
      return fixed(decimalBytes(Number(parts[0])));
    case 'Nullable':
      return nested(parts, (of) => ({ kind: 'nullable', of }));
    case 'Array':
      return nested(parts, array);
    case 'Map':
      return nested(parts, array);
    case 'Tuple':
      return nested(parts.map(withoutName), (of) => of);
    case 'LowCardinality':
      // The first key stands for NULL, and is written as any other.
      return nested([/^Nullable\((.*)\)$/s.exec(parts[0] ?? '')?.[1] ?? parts[0] ?? ''], (keys) => ({
        kind: 'dictionary',
        keys,
      }));
    case 'SimpleAggregateFunction':
      return layoutOf(parts[1] ?? '');
    default:
      return geometry.get(name);
  }
}

/** One part stays what it is, but in a tuple; several are one. */
function nested(parts: readonly string[], make: (of: Layout) => Layout): Layout | undefined {
  const layouts = parts.map(layoutOf);
  if (layouts.length === 0 || layouts.some((layout) => layout === undefined)) return undefined;
  const known = layouts as readonly Layout[];
  return make(known.length === 1 ? known[0]! : { kind: 'tuple', of: known });
}

const decimalBytes = (precision: number): number =>
  precision <= 9 ? 4 : precision <= 18 ? 8 : precision <= 38 ? 16 : 32;

/** `name Type` of a named tuple's element; a name of odd characters is in backticks. */
function withoutName(part: string): string {
  const named = /^(?:`(?:[^`\\]|\\.)*`|[A-Za-z_]\w*) +(?=[A-Z])/s.exec(part);
  return named === null ? part : part.slice(named[0].length);
}

/** Splits at the commas that are in no brackets and in no quotes. */
function partsOf(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "'" || char === '`') at = endOfQuoted(text, at);
    else if (char === '(') depth += 1;
    else if (char === ')') depth -= 1;
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  parts.push(text.slice(from).trim());
  return parts;
}

function endOfQuoted(text: string, start: number): number {
  const quote = text[start];
  let at = start + 1;
  while (at < text.length && text[at] !== quote) at += text[at] === '\\' ? 2 : 1;
  return at;
}
