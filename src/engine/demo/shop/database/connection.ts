import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from 'node:sqlite';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

export type Row = Readonly<Record<string, SQLOutputValue>>;

interface Prepared {
  readonly statement: StatementSync;
  /** `SELECT`, `INSERT` … */
  readonly operation: string;
  readonly table: string;
  readonly reads: boolean;
}

/** One SQLite connection; every statement is a client span by the semantic conventions for databases. */
export class Connection {
  readonly #database: DatabaseSync;
  readonly #name: string;
  readonly #prepared = new Map<string, Prepared>();
  readonly #tracer = trace.getTracer('shop.database');

  constructor(database: DatabaseSync, name: string) {
    this.#database = database;
    this.#name = name;
  }

  /** The rows of a reading statement, or none of a writing one. */
  run(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    const { statement, operation, table, reads } = this.#prepare(sql);
    const summary = table === '' ? operation : `${operation} ${table}`;
    return this.#tracer.startActiveSpan(
      summary,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'db.system.name': 'sqlite',
          'db.namespace': this.#name,
          'db.operation.name': operation,
          'db.query.text': sql,
          'db.query.summary': summary,
          ...(table === '' ? {} : { 'db.collection.name': table }),
        },
      },
      (span) => {
        try {
          if (!reads) {
            statement.run(...values);
            return [];
          }
          const rows = statement.all(...values);
          span.setAttribute('db.response.returned_rows', rows.length);
          return rows;
        } catch (error) {
          span.setStatus({ code: SpanStatusCode.ERROR, message: String(error) });
          throw error;
        } finally {
          span.end();
        }
      },
    );
  }

  close(): void {
    this.#database.close();
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known !== undefined) return known;
    const operation = /^\s*(\w+)/.exec(sql)?.[1]?.toUpperCase() ?? 'SQL';
    const prepared = {
      statement: this.#database.prepare(sql),
      operation,
      table: /\b(?:FROM|INTO|UPDATE)\s+(\w+)/i.exec(sql)?.[1] ?? '',
      reads: operation === 'SELECT' || /\bRETURNING\b/i.test(sql),
    };
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}
