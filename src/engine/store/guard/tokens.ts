/** A token of canonical SQL, as `formatQuerySingleLine` prints it: no comments, one way of quoting, one line. */
export interface Token {
  readonly kind: 'word' | 'quoted' | 'string' | 'number' | 'symbol' | 'parameter';
  /** Unquoted text of names and strings; for a parameter its name. */
  readonly value: string;
  /** Of a parameter `{name:Type}`: the type. */
  readonly type?: string;
  readonly start: number;
  readonly end: number;
}

/** Text that canonical SQL cannot contain. Nothing is guessed about it: the statement is refused. */
export class UnreadableSql extends Error {}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  '0': '\0',
  a: '\x07',
  v: '\v',
};

/** @throws UnreadableSql */
export function tokenize(sql: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    if (sql[at] === ' ') {
      at += 1;
      continue;
    }
    const token = nextToken(sql, at);
    tokens.push(token);
    at = token.end;
  }
  return tokens;
}

const word = /[A-Za-z_][A-Za-z0-9_$]*/y;
const number = /(?:0x[0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y;
const symbol = /[-+*/%=<>!()[\],.?:;|&^@{}~]/y;

function nextToken(sql: string, start: number): Token {
  const first = sql[start];
  if (first === "'") return quotedText(sql, start, 'string');
  if (first === '`' || first === '"') return quotedText(sql, start, 'quoted');
  // A map of strings (`{'a':'b'}`) may be a setting's value; anything else in braces is a parameter.
  if (first === '{' && sql[start + 1] !== "'" && sql[start + 1] !== '}') return parameter(sql, start);
  const wordEnd = match(word, sql, start);
  if (wordEnd !== undefined) return { kind: 'word', value: sql.slice(start, wordEnd), start, end: wordEnd };
  const numberEnd = match(number, sql, start);
  if (numberEnd !== undefined) return { kind: 'number', value: sql.slice(start, numberEnd), start, end: numberEnd };
  const pair = sql.slice(start, start + 2);
  const symbolEnd = pair === '--' || pair === '/*' ? undefined : match(symbol, sql, start);
  if (symbolEnd !== undefined) return { kind: 'symbol', value: sql.slice(start, symbolEnd), start, end: symbolEnd };
  throw new UnreadableSql(`unexpected ${JSON.stringify(first)} at ${start}`);
}

function match(pattern: RegExp, sql: string, at: number): number | undefined {
  pattern.lastIndex = at;
  return pattern.test(sql) ? pattern.lastIndex : undefined;
}

function quotedText(sql: string, start: number, kind: 'string' | 'quoted'): Token {
  const quote = sql[start];
  let value = '';
  for (let at = start + 1; at < sql.length; at += 1) {
    const char = sql[at] ?? '';
    if (char === '\\') {
      at += 1;
      const escaped = sql[at] ?? '';
      value += escapes[escaped] ?? escaped;
    } else if (char !== quote) {
      value += char;
    } else if (sql[at + 1] === quote) {
      value += quote;
      at += 1;
    } else {
      return { kind, value, start, end: at + 1 };
    }
  }
  throw new UnreadableSql(`the quote at ${start} is not closed`);
}

function parameter(sql: string, start: number): Token {
  let at = start + 1;
  while (at < sql.length && sql[at] !== '}') {
    const quote = sql[at];
    at = quote === "'" || quote === '`' ? quotedText(sql, at, 'string').end : at + 1;
  }
  const text = sql.slice(start + 1, at);
  const colon = text.indexOf(':');
  if (at >= sql.length || colon < 0) throw new UnreadableSql(`the brace at ${start} is no parameter`);
  const name = text.slice(0, colon).trim();
  return {
    kind: 'parameter',
    value: name.replace(/^`(.*)`$/, '$1'),
    type: text.slice(colon + 1).trim(),
    start,
    end: at + 1,
  };
}

/** Whether this is the given keyword. A column may have the same name: callers look at what stands around it. */
export function isWord(token: Token | undefined, ...words: readonly string[]): boolean {
  return token?.kind === 'word' && words.includes(token.value.toUpperCase());
}

export function isSymbol(token: Token | undefined, value: string): boolean {
  return token?.kind === 'symbol' && token.value === value;
}

export function isName(token: Token | undefined): token is Token {
  return token?.kind === 'word' || token?.kind === 'quoted';
}
