import { comparators, type Place } from './expression.ts';
import { Mistake } from './mistake.ts';

/** `text` and `string` stand only between the parentheses of a function: names there need no quotes. */
export interface Token {
  readonly kind: 'word' | 'number' | 'symbol' | 'text' | 'string' | 'end';
  /** Of a string without its quotes. */
  readonly text: string;
  readonly place: Place;
}

export const keywords: ReadonlySet<string> = new Set(['and', 'or', 'not']);

/** What people write who come from other languages. */
const otherWords: Readonly<Record<string, string>> = { '&&': 'and', '||': 'or', '!': 'not', '=': '==', '<>': '!=' };

const space = /\s*/y;
const word = /[A-Za-z_]\w*/y;
const opening = /\s*\(/y;
const number = /\d+(?:\.\d+)?(?:%|\/[a-z]+|[a-zµμ]+)?/y;
/** A name without quotes: up to what parts arguments. */
const bareText = /[^,()"']+/y;

/** Reads an assertion into tokens, the last of which is the end. */
export function tokensOf(source: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0] ?? '';
  };
  const add = (kind: Token['kind'], length: number, text = source.slice(at, at + length)): void => {
    tokens.push({ kind, text, place: { from: at, to: at + length } });
    at += length;
  };
  const skipSpace = (): void => {
    at += match(space).length;
  };

  const readArguments = (): void => {
    skipSpace();
    add('symbol', 1);
    for (;;) {
      skipSpace();
      const next = source[at];
      if (next === undefined) return;
      if (next === '"' || next === "'") add('string', ...stringAt(source, at));
      else if (next === '(') {
        throw new Mistake({ from: at, to: at + 1 }, 'a name with a parenthesis needs quotes', 'calls("a (b)") > 0');
      } else if (next === ',' || next === ')') {
        add('symbol', 1);
        if (next === ')') return;
      } else add('text', match(bareText).trimEnd().length);
    }
  };

  for (;;) {
    skipSpace();
    if (at >= source.length) break;
    const name = match(word);
    const figure = match(number);
    const symbol = [...comparators, '(', ')'].find((text) => source.startsWith(text, at));
    const other = Object.keys(otherWords).find((text) => source.startsWith(text, at));
    if (name !== '') {
      add('word', name.length);
      if (!keywords.has(name) && match(opening) !== '') readArguments();
    } else if (figure !== '') add('number', figure.length);
    else if (other !== undefined && (symbol === undefined || other.length > symbol.length)) {
      throw new Mistake({ from: at, to: at + other.length }, `\`${other}\` is written \`${otherWords[other]}\` here`);
    } else if (symbol !== undefined) add('symbol', symbol.length);
    else throw new Mistake({ from: at, to: at + 1 }, 'this has no meaning here');
  }
  add('end', 0);
  return tokens;
}

/** Its length with quotes, and its text without. */
function stringAt(source: string, from: number): [length: number, text: string] {
  const quote = source[from];
  let text = '';
  for (let at = from + 1; at < source.length; at++) {
    const character = source[at]!;
    if (character === quote) return [at + 1 - from, text];
    const escaped = character === '\\' ? source[at + 1] : undefined;
    if (escaped === '\\' || escaped === '"' || escaped === "'") {
      text += escaped;
      at++;
    } else text += character;
  }
  throw new Mistake({ from, to: source.length }, 'this quote is never closed');
}
