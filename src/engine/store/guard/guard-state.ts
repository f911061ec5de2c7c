import { isUtf8 } from 'node:buffer';
import { Effect } from 'effect';
import { QueryFailed, QueryRefused, type EngineUnavailable } from '../../domain/errors.ts';
import { quoteText } from '../sql-text.ts';
import type { Store } from '../store.ts';
import type { GuardedStatement } from './guard-statement.ts';
import { LeastRecentlyUsed } from './least-recently-used.ts';

/** How many verdicts are kept; a dashboard repeats some dozens of statements. */
const rememberedVerdicts = 512;
/** Longer statements are not worth the memory that they would hold. */
const rememberedLength = 32 * 1024;

type StoreService = Store['Service'];

/** What the guard knows about one store, and asks of it. */
export interface GuardState {
  readonly verdicts: LeastRecentlyUsed<string, GuardedStatement>;
  /** The statement as ClickHouse prints it: one statement, one line, no comments, one way of quoting. */
  canonical(sql: string): Effect.Effect<string, QueryFailed | QueryRefused | EngineUnavailable>;
  /** The text of `EXPLAIN AST`. */
  syntaxTree(sql: string): Effect.Effect<string, QueryFailed | EngineUnavailable>;
  loadTables(again: boolean): Effect.Effect<void, QueryFailed | EngineUnavailable>;
  tables(): {
    readonly database: string;
    readonly hasTable: (name: string) => boolean;
    readonly hasColumn: (name: string) => boolean;
  };
}

const states = new WeakMap<StoreService, GuardState>();

export function guardStateOf(store: StoreService): GuardState {
  const known = states.get(store);
  if (known !== undefined) return known;
  const state = makeState(store);
  states.set(store, state);
  return state;
}

/** Tables whose rows lie in the store itself, or are computed from such. In chDB a file that was once read is a table too. */
const ownTables = `SELECT name FROM system.tables WHERE database = currentDatabase() AND (engine LIKE '%MergeTree' OR engine LIKE '%View' OR engine IN ('Memory', 'Distributed', 'Null', 'Log', 'TinyLog', 'StripeLog'))`;

/** Names of columns that a statement may mean. */
const knownColumns = `SELECT DISTINCT name FROM system.columns WHERE database IN (currentDatabase(), 'system', 'information_schema', 'INFORMATION_SCHEMA')`;

function makeState(store: StoreService): GuardState {
  let database = '';
  let names: ReadonlySet<string> | undefined;
  let columns: ReadonlySet<string> | undefined;
  const text = (sql: string) => store.run({ sql, format: 'TSVRaw' }).pipe(Effect.map(({ body }) => body));

  return {
    verdicts: new LeastRecentlyUsed(rememberedVerdicts, (sql) => sql.length <= rememberedLength),
    canonical: (sql) =>
      text(`SELECT formatQuerySingleLine(${quoteText(sql)})`).pipe(
        Effect.catchTag('QueryFailed', (failure) => Effect.fail(asSyntaxError(failure, sql))),
        Effect.flatMap((body) =>
          isUtf8(body)
            ? Effect.succeed(decode(body).replace(/\n$/, ''))
            : Effect.fail(
                new QueryRefused({ reason: "it holds bytes that are no UTF-8; write unhex('…') for them", sql }),
              ),
        ),
      ),
    syntaxTree: (sql) => text(`EXPLAIN AST ${sql}`).pipe(Effect.map(decode)),
    loadTables: (again) =>
      names !== undefined && !again
        ? Effect.void
        : Effect.all([text('SELECT currentDatabase()'), text(ownTables), text(knownColumns)]).pipe(
            Effect.map(([current, tables, named]) => {
              database = decode(current).trim();
              names = linesOf(tables);
              columns = linesOf(named);
            }),
          ),
    tables: () => ({
      database,
      hasTable: (name) => names?.has(name) ?? false,
      hasColumn: (name) => columns?.has(name) ?? false,
    }),
  };
}

function linesOf(body: Uint8Array): ReadonlySet<string> {
  return new Set(
    decode(body)
      .split('\n')
      .filter((line) => line !== ''),
  );
}

function decode(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8');
}

/** The engine speaks of our statement around the user's: take that off, and say plainly what two statements are. */
function asSyntaxError(failure: QueryFailed, sql: string): QueryFailed | QueryRefused {
  if (failure.message.includes('Multi-statements are not allowed')) {
    return new QueryRefused({ reason: 'there is more than one statement', sql });
  }
  const message = failure.message.replace(/: In scope SELECT formatQuerySingleLine[^]*?\((\w+)\)$/, '. ($1)');
  return new QueryFailed({ code: failure.code, message, sql });
}
