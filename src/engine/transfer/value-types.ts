/** The type of a value, as `ValueTypes` and `OriginTypes` tell it (docs/otlp.md). */
export interface ValueType {
  readonly letter: string;
  /** Of an array or list: the types of its elements; what the last one says holds for all further ones. */
  readonly elements: readonly ValueType[];
}

export const text: ValueType = { letter: 's', elements: [] };
const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** Types repeat from row to row; more different ones than this are read anew. */
const remembered = 10_000;
const known = new Map<string, readonly ValueType[]>();

/** The types of a section's values, in order; a value beyond the last is a text. */
export function typesOf(section: string): readonly ValueType[] {
  const found = known.get(section);
  if (found !== undefined) return found;
  const read = readTypes(section, { at: 0 });
  if (known.size < remembered) known.set(section, read);
  return read;
}

function readTypes(section: string, cursor: { at: number }, end?: string): readonly ValueType[] {
  const types: ValueType[] = [];
  while (cursor.at < section.length) {
    const letter = section[cursor.at++] ?? '';
    if (letter === end) break;
    const close = closing[letter];
    types.push({ letter, elements: close === undefined ? [] : readTypes(section, cursor, close) });
  }
  return types;
}

/** What the columns of a row cannot say, by its letter: `e0;k7;` is e → 0, k → 7. */
export function unheldOf(section: string | undefined): ReadonlyMap<string, string> {
  const parts = (section ?? '').split(';').filter((part) => part !== '');
  return new Map(parts.map((part) => [part.slice(0, 1), part.slice(1)]));
}
