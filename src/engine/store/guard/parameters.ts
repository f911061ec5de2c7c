import type { Parameters } from '../store.ts';
import { quoteName } from '../sql-text.ts';
import type { Token } from './tokens.ts';

/** What a parameter of a statement is in the way of. */
export interface BoundSql {
  readonly sql?: string;
  readonly refused?: string;
}

/**
 * Puts the values of `{name:Identifier}` into the statement, quoted, so that the names of tables and columns are part
 * of what is checked. Parameters of all other types can only become literals in the engine and stay where they are.
 */
export function bindIdentifiers(sql: string, tokens: readonly Token[], parameters: Parameters): BoundSql {
  let bound = '';
  let from = 0;
  for (const token of tokens) {
    if (token.kind !== 'parameter' || !/identifier/i.test(token.type ?? '')) continue;
    if (token.type !== 'Identifier')
      return { refused: `the parameter ${token.value} has the unknown type ${token.type}` };
    const value = parameters[token.value];
    if (value === undefined) return { refused: `the parameter ${token.value} is not given` };
    bound += sql.slice(from, token.start) + quoteName(String(value));
    from = token.end;
  }
  return { sql: bound + sql.slice(from) };
}

/** The same statement with a literal in place of each parameter, for `EXPLAIN AST`, which knows no values. */
export function withoutParameters(sql: string, tokens: readonly Token[]): string {
  let text = '';
  let from = 0;
  for (const token of tokens) {
    if (token.kind !== 'parameter') continue;
    text += `${sql.slice(from, token.start)}1`;
    from = token.end;
  }
  return text + sql.slice(from);
}
