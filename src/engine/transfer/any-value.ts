import { text as textType, type ValueType } from './value-types.ts';

/** A value as OTLP/JSON writes it. */
export type AnyValue = Readonly<Record<string, unknown>>;

/** The value that became `text`; where text and type do not fit together (it was cut to a limit) the text itself. */
export function anyValue(text: string, type: ValueType): AnyValue {
  switch (type.letter) {
    case 'b':
      return { boolValue: text === 'true' };
    case 'i':
      return { intValue: text };
    case 'd':
      return { doubleValue: doubleOf(text) };
    case 'y':
      return { bytesValue: text };
    case 'n':
      return {};
    case '[':
    case '{':
      return nested(text, type) ?? { stringValue: text };
    default:
      return { stringValue: text };
  }
}

/** JSON has no NaN, no infinities, and JavaScript writes no sign before 0: these stay words. */
function doubleOf(text: string): number | string {
  const number = Number(text);
  return Number.isFinite(number) && !Object.is(number, -0) ? number : text;
}

function nested(text: string, type: ValueType): AnyValue | null {
  const cursor = new JsonCursor(text);
  try {
    const value = cursor.value(type);
    return cursor.at === text.length ? value : null;
  } catch (cause) {
    if (cause instanceof SyntaxError) return null;
    throw cause;
  }
}

/**
 * Reads the JSON that obs wrote for an array or list. Not JSON.parse: keys may repeat, their order counts, and integers
 * have more digits than a number.
 */
class JsonCursor {
  at = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  value(type: ValueType): AnyValue {
    const { text } = this;
    const first = text[this.at];
    if (first === '[') return { arrayValue: { values: this.elements(type, ']', (inner) => this.value(inner)) } };
    if (first === '{') return { kvlistValue: { values: this.elements(type, '}', (inner) => this.member(inner)) } };
    if (first === '"') return anyValue(this.string(), type);
    const start = this.at;
    while (this.at < text.length && !',]}'.includes(text[this.at] as string)) this.at++;
    const word = text.slice(start, this.at);
    return word === 'null' ? {} : anyValue(word, type);
  }

  private elements(type: ValueType, end: string, read: (inner: ValueType) => object): object[] {
    const values: object[] = [];
    this.at++;
    if (this.text[this.at] === end) {
      this.at++;
      return values;
    }
    for (;;) {
      values.push(read(type.elements[values.length] ?? type.elements.at(-1) ?? textType));
      const next = this.text[this.at++];
      if (next === end) return values;
      if (next !== ',') throw new SyntaxError('cut off');
    }
  }

  private member(type: ValueType): object {
    if (this.text[this.at] !== '"') throw new SyntaxError('cut off');
    const key = this.string();
    if (this.text[this.at++] !== ':') throw new SyntaxError('cut off');
    return { key, value: this.value(type) };
  }

  private string(): string {
    const start = this.at++;
    for (let char = this.text[this.at]; char !== '"'; char = this.text[this.at]) {
      if (char === undefined) throw new SyntaxError('cut off');
      this.at += char === '\\' ? 2 : 1;
    }
    this.at++;
    return JSON.parse(this.text.slice(start, this.at)) as string;
  }
}
