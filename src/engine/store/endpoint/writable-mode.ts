import { randomUUID } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { quoteName, quoteText } from '../sql-text.ts';
import { Store, type StatementResult } from '../store.ts';
import { exception } from './exception.ts';
import type { QueryRequest } from './query-request.ts';
import type { QueryAnswer, QueryError } from './run-query.ts';

/**
 * Runs a request with no guard and no limits: what a ClickHouse server does for its owner, and what the tests of the
 * remote store need in its place. Never for users: whoever reaches such an endpoint can read and write files.
 */
export const runUnguarded = Effect.fnUntraced(function* (
  request: QueryRequest,
): Effect.fn.Return<QueryAnswer, QueryError, Store> {
  const store = yield* Store;
  const format = request.format ?? 'TabSeparated';
  const insert = request.data.length > 0 ? insertHead(request.sql) : undefined;
  const run = (sql: string) => store.run({ sql, format, parameters: request.parameters, settings: request.settings });
  if (insert === undefined) return { format, result: yield* run(request.sql) };
  const result = yield* Effect.acquireUseRelease(
    spoolToFile(request.data),
    (path) =>
      Effect.gen(function* () {
        const structure = yield* columnsOf(insert);
        const columns = structure.map(({ name }) => quoteName(name)).join(', ');
        const types = structure.map(({ name, type }) => `${quoteName(name)} ${type}`).join(', ');
        const source = `file(${quoteText(path)}, ${insert.format}, ${quoteText(types)})`;
        return yield* run(`INSERT INTO ${insert.table} (${columns}) SELECT ${columns} FROM ${source}`);
      }),
    (path) => Effect.promise(() => rm(path, { force: true })),
  );
  return { format, result };
});

interface InsertHead {
  readonly table: string;
  readonly columns: string | undefined;
  readonly format: string;
}

/** `INSERT INTO table (a, b) FORMAT Native`, with the rows in the body. */
function insertHead(sql: string): InsertHead | undefined {
  const match = /^\s*INSERT\s+INTO\s+(?:TABLE\s+)?([^\s(]+)\s*(?:\(([^]*)\))?\s*FORMAT\s+(\w+)\s*;?\s*$/i.exec(sql);
  const [, table, columns, format] = match ?? [];
  return table === undefined || format === undefined ? undefined : { table, columns, format };
}

interface Described {
  readonly name: string;
  readonly type: string;
}

/** The columns that rows are sent for, in the order in which they are sent, with their types. */
const columnsOf = Effect.fnUntraced(function* (
  insert: InsertHead,
): Effect.fn.Return<readonly Described[], QueryError, Store> {
  const store = yield* Store;
  const wanted = insert.columns === undefined ? '*' : insert.columns;
  const described: StatementResult = yield* store.run({
    sql: `DESCRIBE (SELECT ${wanted} FROM ${insert.table})`,
    format: 'JSON',
  });
  return (JSON.parse(Buffer.from(described.body).toString('utf8')) as { readonly data: readonly Described[] }).data;
});

function spoolToFile(data: Buffer): Effect.Effect<string, QueryError> {
  const path = join(tmpdir(), `obs-insert-${randomUUID()}`);
  return Effect.tryPromise({
    try: () => writeFile(path, data, { mode: 0o600 }).then(() => path),
    catch: (error) => exception('UNKNOWN_EXCEPTION', `Cannot spool the body of the INSERT: ${String(error)}`),
  });
}
