import { Effect } from 'effect';
import { limits } from '../../domain/limits.ts';
import { QueryFailed, QueryRefused, type EngineUnavailable } from '../../domain/errors.ts';
import { Store, type Parameters } from '../store.ts';
import { checkShownDatabases } from './check-show.ts';
import { checkSettings, checkText, takeFormat } from './check-text.ts';
import { checkTree, type StatementKind } from './check-tree.ts';
import { errorCode } from './error-codes.ts';
import { guardStateOf, type GuardState } from './guard-state.ts';
import { nameScopes } from './name-scopes.ts';
import { bindIdentifiers, withoutParameters } from './parameters.ts';
import { parseSyntaxTree, UnreadableTree } from './syntax-tree.ts';
import { tokenize, UnreadableSql } from './tokens.ts';

/** A statement that only reads, in the very text that was checked. Run `sql`, never the text that came in. */
export interface GuardedStatement {
  readonly sql: string;
  readonly kind: StatementKind;
  /** What its FORMAT clause said; the clause itself is no longer in `sql`. */
  readonly format?: string;
}

/** Syntax errors, unknown tables and unset parameters are ClickHouse's own errors, with its codes. */
export type GuardError = QueryRefused | QueryFailed | EngineUnavailable;

/**
 * Lets one reading statement over the store's own tables pass, and nothing else. chDB has no users, and its `readonly`
 * does not keep a statement from files; see docs/query-endpoint.md for what is checked how.
 *
 * Verdicts are remembered by text, so a statement that comes again costs nothing.
 * @param parameters needed for `{name:Identifier}` only, which become part of the text.
 */
export const guardStatement = Effect.fnUntraced(function* (
  sql: string,
  parameters: Parameters = {},
): Effect.fn.Return<GuardedStatement, GuardError, Store> {
  const store = yield* Store;
  const state = guardStateOf(store);
  if (Buffer.byteLength(sql) > limits.query.sqlBytes) {
    return yield* new QueryFailed({
      code: errorCode.QUERY_IS_TOO_LARGE,
      message: `Max query size exceeded: ${limits.query.sqlBytes} bytes (QUERY_IS_TOO_LARGE)`,
    });
  }
  // The engine's driver would end the text here, and what comes after would not be checked.
  if (sql.includes('\0')) return yield* new QueryRefused({ reason: 'the statement contains a NUL character', sql });
  const key = cacheKey(sql, parameters);
  const known = state.verdicts.get(key);
  if (known !== undefined) return known;
  const verdict = yield* judge(state, sql, parameters);
  state.verdicts.set(key, verdict);
  return verdict;
});

/** Only values of identifiers change a verdict. */
function cacheKey(sql: string, parameters: Parameters): string {
  if (!/identifier/i.test(sql)) return sql;
  const values = Object.entries(parameters).map(([name, value]) => [name, String(value)]);
  return `${JSON.stringify(values)}\n${sql}`;
}

const judge = Effect.fnUntraced(function* (
  state: GuardState,
  sql: string,
  parameters: Parameters,
): Effect.fn.Return<GuardedStatement, GuardError> {
  const refuse = (reason: string): QueryRefused => new QueryRefused({ reason, sql });
  const read = <A>(parse: () => A): Effect.Effect<A, QueryRefused> =>
    Effect.try({ try: parse, catch: (error) => refuse(`the statement cannot be checked: ${unreadable(error)}`) });

  const printed = yield* state.canonical(sql);
  const bound = bindIdentifiers(printed, yield* read(() => tokenize(printed)), parameters);
  if (bound.sql === undefined) return yield* refuse(bound.refused ?? 'a parameter is missing');
  const canonical = bound.sql;
  const statement = takeFormat(canonical, yield* read(() => tokenize(canonical)));
  const settings = checkSettings(statement.tokens);
  const refused = statement.refused ?? checkText(statement.tokens) ?? settings.refused;
  if (refused !== undefined) return yield* refuse(refused);

  const explained = yield* state.syntaxTree(withoutParameters(statement.sql, statement.tokens));
  const tree = yield* read(() => parseSyntaxTree(explained));
  const scopes = nameScopes(statement.tokens);
  const look = () => checkTree(tree, { scopes, ...state.tables(), settingsClauses: settings.clauses });
  yield* state.loadTables(false);
  let verdict = look();
  if (verdict.unknownTable !== undefined) {
    yield* state.loadTables(true);
    verdict = look();
  }
  const shown = verdict.refused ?? checkShownDatabases(statement.tokens, state.tables().database);
  if (shown !== undefined) return yield* refuse(shown);
  if (verdict.unknownTable !== undefined) {
    return yield* new QueryFailed({
      code: errorCode.UNKNOWN_TABLE,
      message: `Unknown table expression identifier '${verdict.unknownTable}' (UNKNOWN_TABLE)`,
      sql,
    });
  }
  return {
    sql: statement.sql,
    kind: verdict.kind,
    ...(statement.format === undefined ? {} : { format: statement.format }),
  };
});

function unreadable(error: unknown): string {
  if (error instanceof UnreadableSql || error instanceof UnreadableTree) return error.message;
  throw error;
}
