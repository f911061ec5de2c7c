/** The database's end of one connection: a thread of its own, as a database server has for each of its clients. */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { SqlAnswer, SqlQuestion } from './database/sql-protocol.ts';

const database = new DatabaseSync(workerData as string, { timeout: 5_000 });
database.exec('PRAGMA synchronous = NORMAL;');
const prepared = new Map<string, StatementSync>();

parentPort?.on('message', ({ sql, values }: SqlQuestion) => {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
  parentPort?.postMessage(answer(sql, values));
});

function answer(sql: string, values: SqlQuestion['values']): SqlAnswer {
  try {
    let statement = prepared.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      prepared.set(sql, statement);
    }
    return { rows: statement.all(...values) };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
