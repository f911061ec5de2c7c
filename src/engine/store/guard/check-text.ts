import { isAllowedFormat, isDeniedFunction } from './allowed-names.ts';
import { capped, judgeSetting } from './allowed-settings.ts';
import { isName, isSymbol, isWord, type Token } from './tokens.ts';

/** A reason to refuse, as a part of a sentence; nothing when there is none. */
export type Reason = string | undefined;

const readers = ['SELECT', 'WITH', 'SHOW', 'DESCRIBE', 'EXISTS', 'EXPLAIN'];

/**
 * What only the text of a statement shows: `EXPLAIN AST` tells neither the names of settings, nor the conditions of
 * SHOW, nor what APPLY applies, nor whether an answer goes INTO OUTFILE. Goes before `EXPLAIN AST`, which obeys SETTINGS.
 */
export function checkText(tokens: readonly Token[]): Reason {
  const first = tokens.find((token) => !isSymbol(token, '('));
  if (!isWord(first, ...readers))
    return `${first?.value.toUpperCase() ?? 'an empty statement'} is not a reading statement`;
  for (const [index, token] of tokens.entries()) {
    const reason =
      checkName(token) ?? checkCall(tokens, index) ?? checkOutput(tokens, index) ?? checkApply(tokens, index);
    if (reason !== undefined) return reason;
  }
  return isWord(first, 'SHOW') ? checkShow(tokens) : undefined;
}

/** Names that could be mistaken for something else in the text of the syntax tree. */
function checkName(token: Token): Reason {
  if (token.kind !== 'quoted') return undefined;
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  return /[\u0000-\u001f\u007f]|\((?:alias|children) /.test(token.value)
    ? 'a quoted name has control characters or "(alias "'
    : undefined;
}

function checkCall(tokens: readonly Token[], index: number): Reason {
  const token = tokens[index];
  if (!isName(token) || !isSymbol(tokens[index + 1], '(')) return undefined;
  return isDeniedFunction(token.value) ? `the function ${token.value} is not allowed` : undefined;
}

function checkOutput(tokens: readonly Token[], index: number): Reason {
  if (isWord(tokens[index], 'INTO') && isWord(tokens[index + 1], 'OUTFILE')) return 'INTO OUTFILE writes a file';
  if (isWord(tokens[index], 'PARALLEL') && isWord(tokens[index + 1], 'WITH'))
    return 'PARALLEL WITH runs several statements';
  return undefined;
}

/** `* APPLY name` and `* APPLY name(0.5)`. A lambda there may hold a whole SELECT, which the tree does not show. */
function checkApply(tokens: readonly Token[], index: number): Reason {
  const next = tokens[index + 1];
  if (!isWord(tokens[index], 'APPLY') || !(isName(next) || isSymbol(next, '('))) return undefined;
  if (!isName(next) || isSymbol(tokens[index + 2], '-')) return 'a lambda in APPLY cannot be checked; name a function';
  if (isDeniedFunction(next.value)) return `the function ${next.value} is not allowed`;
  if (!isSymbol(tokens[index + 2], '(')) return undefined;
  const close = tokens.findIndex((token, at) => at > index + 2 && isSymbol(token, ')'));
  const plain = tokens
    .slice(index + 3, close)
    .every((token) => token.kind === 'number' || token.kind === 'string' || isSymbol(token, ','));
  return plain ? undefined : 'what APPLY passes to a function must be plain literals';
}

/** The engine rewrites SHOW into a SELECT, with the condition of WHERE spliced in unseen. */
function checkShow(tokens: readonly Token[]): Reason {
  const bad = tokens.find(
    (token, index) =>
      isWord(token, 'SELECT', 'WITH') ||
      (isSymbol(tokens[index + 1], '(') && isName(token) && !isWord(token, 'IN', 'AND', 'OR', 'NOT', 'WHERE')),
  );
  if (bad !== undefined) return `${bad.value} inside SHOW cannot be checked`;
  const inTable = tokens.findIndex(
    (token, index) => isWord(token, 'IN') && index > 3 && !isSymbol(tokens[index + 1], '('),
  );
  return inTable < 0 ? nameWithinIn(tokens) : 'IN with a name inside SHOW cannot be checked';
}

/** `x IN (name)`, and `in(x, name)`, which means the same: what stands in the brackets must be plain values. */
function nameWithinIn(tokens: readonly Token[]): Reason {
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const opens = isSymbol(token, '(');
    if (depth > 0) {
      if (opens) depth += 1;
      else if (isSymbol(token, ')')) depth -= 1;
      else if (token.kind === 'parameter' || isName(token)) return 'IN with a name inside SHOW cannot be checked';
    } else if (opens && isWord(tokens[index - 1], 'IN')) depth = 1;
  }
  return undefined;
}

export interface CheckedSettings {
  /** How many SETTINGS clauses there are; must be the number of `Set` nodes in the tree. */
  readonly clauses: number;
  readonly refused: Reason;
}

/** Every `SETTINGS name = value, …`, wherever it stands. */
export function checkSettings(tokens: readonly Token[]): CheckedSettings {
  let clauses = 0;
  for (const [index, token] of tokens.entries()) {
    if (!isWord(token, 'SETTINGS') || !isName(tokens[index + 1]) || !isSymbol(tokens[index + 2], '=')) continue;
    clauses += 1;
    let at = index + 1;
    for (;;) {
      const refused = checkSetting(tokens[at], tokens[at + 2], tokens[at + 3]);
      if (refused !== undefined) return { clauses, refused };
      if (!isSymbol(tokens[at + 3], ',')) break;
      if (!isName(tokens[at + 4]) || !isSymbol(tokens[at + 5], '='))
        return { clauses, refused: 'a SETTINGS clause cannot be read' };
      at += 4;
    }
  }
  return { clauses, refused: undefined };
}

function checkSetting(name: Token | undefined, value: Token | undefined, after: Token | undefined): Reason {
  if (!isName(name) || value === undefined) return 'a SETTINGS clause cannot be read';
  const plain = value.kind === 'number' || value.kind === 'string' || isWord(value, 'TRUE', 'FALSE');
  const ended =
    after === undefined ||
    isSymbol(after, ',') ||
    isSymbol(after, ')') ||
    isWord(after, 'FORMAT', 'UNION', 'INTERSECT', 'EXCEPT', 'SETTINGS');
  if (!plain || !ended) return `the value of the setting ${name.value} must be a plain literal`;
  const verdict = judgeSetting(name.value, value.value);
  if (verdict.verdict === 'ignored' && name.value !== 'readonly')
    return `the setting ${name.value} cannot be changed here`;
  if (verdict.verdict === 'refused') return verdict.reason;
  if (
    verdict.verdict === 'allowed' &&
    verdict.cap !== undefined &&
    capped(value.value, verdict.cap) !== Number(value.value)
  ) {
    return `the setting ${name.value} may be at most ${verdict.cap}`;
  }
  return undefined;
}

export interface WithoutFormat {
  readonly sql: string;
  readonly tokens: readonly Token[];
  readonly format?: string;
  readonly refused?: Reason;
}

/** Takes the FORMAT clause off the end: the endpoint needs its name, and the store takes it beside the statement. */
export function takeFormat(sql: string, tokens: readonly Token[]): WithoutFormat {
  const at = tokens.findLastIndex((token, index) => isWord(token, 'FORMAT') && isFormatClause(tokens, index));
  const keyword = tokens[at];
  const name = tokens[at + 1];
  if (keyword === undefined || name === undefined) return { sql, tokens };
  if (!isAllowedFormat(name.value)) return { sql, tokens, refused: `the format ${name.value} is not allowed` };
  const rest = tokens[at + 2];
  const tail = rest === undefined ? '' : sql.slice(rest.start);
  const cut = rest === undefined ? sql.length - keyword.start : rest.start - keyword.start;
  return {
    sql: (sql.slice(0, keyword.start) + tail).trimEnd(),
    tokens: [...tokens.slice(0, at), ...tokens.slice(at + 2).map((token) => moved(token, -cut))],
    format: name.value,
  };
}

function moved(token: Token, by: number): Token {
  return {
    kind: token.kind,
    value: token.value,
    start: token.start + by,
    end: token.end + by,
    ...(token.type === undefined ? {} : { type: token.type }),
  };
}

function isFormatClause(tokens: readonly Token[], index: number): boolean {
  const before = tokens[index - 1];
  const after = tokens[index + 2];
  if (index === 0 || !isName(tokens[index + 1]) || isWord(tokens[index + 1], 'ASC', 'DESC')) return false;
  if (isWord(before, 'BY', 'AS', 'SELECT', 'WHERE', 'FROM') || isSymbol(before, ',') || isSymbol(before, '.'))
    return false;
  return (
    after === undefined || (isWord(after, 'SETTINGS') && isName(tokens[index + 3]) && isSymbol(tokens[index + 4], '='))
  );
}
