import { once } from 'node:events';
import type { SQLInputValue } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { serviceEntryPoint } from '../../entry-point.ts';
import type { Row, SqlAnswer, SqlQuestion } from './sql-protocol.ts';

/**
 * One SQLite connection in a thread of its own, so that a slow statement keeps its caller waiting and not the whole
 * service, as with a database server. Every statement is a client span by the semantic conventions for databases.
 */
export class Connection {
  readonly #thread: Worker;
  readonly #name: string;
  readonly #tracer = trace.getTracer('shop.database');

  /** @param name `db.namespace` */
  constructor(file: string, name: string) {
    this.#name = name;
    this.#thread = new Worker(serviceEntryPoint('sql-thread'), { workerData: file });
    this.#thread.unref();
  }

  /** The rows that a statement yields; call it again only when it has answered. */
  async run(sql: string, ...values: SQLInputValue[]): Promise<readonly Row[]> {
    const { operation, table } = describe(sql);
    const summary = table === '' ? operation : `${operation} ${table}`;
    const span = this.#tracer.startSpan(summary, {
      kind: SpanKind.CLIENT,
      attributes: {
        'db.system.name': 'sqlite',
        'db.namespace': this.#name,
        'db.operation.name': operation,
        'db.query.text': sql,
        'db.query.summary': summary,
        ...(table === '' ? {} : { 'db.collection.name': table }),
      },
    });
    try {
      const answer = await this.#ask({ sql, values });
      if ('error' in answer) throw new Error(answer.error);
      span.setAttribute('db.response.returned_rows', answer.rows.length);
      return answer.rows;
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
      throw error;
    } finally {
      span.end();
    }
  }

  close(): void {
    void this.#thread.terminate();
  }

  async #ask(question: SqlQuestion): Promise<SqlAnswer> {
    // The process must live until the answer is there, and no longer for the thread's sake.
    this.#thread.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#thread.postMessage(question);
    try {
      const [answer] = (await once(this.#thread, 'message')) as [SqlAnswer];
      return answer;
    } finally {
      this.#thread.unref();
    }
  }
}

/** `SELECT` and the first table of the statement. */
function describe(sql: string): { readonly operation: string; readonly table: string } {
  return {
    operation: /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? 'SQL',
    table: /\b(?:FROM|INTO|UPDATE)\s+(\w+)/i.exec(sql)?.[1] ?? '',
  };
}
