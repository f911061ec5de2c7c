import { setTimeout as wait } from 'node:timers/promises';
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { catalogue } from './catalogue.ts';
import { Connection } from './database/connection.ts';

/** How long the people in the warehouse take to count while the transaction is open. */
const countingMs = 900;

/**
 * Counts what is in the warehouses within one transaction each: from its first UPDATE to its COMMIT nobody else can
 * write to the database. Its own trace tells of it.
 */
export class Stocktaking {
  readonly #file: string;
  readonly #tracer = trace.getTracer('shop.stocktaking');
  #connection: Connection | undefined;
  #turn = 0;

  constructor(file: string) {
    this.#file = file;
  }

  readonly work = (): Promise<void> => {
    const connection = (this.#connection ??= new Connection(this.#file, 'inventory'));
    const warehouse = catalogue.warehouses[this.#turn++ % catalogue.warehouses.length] ?? '';
    const span = this.#tracer.startSpan('stocktaking', { kind: SpanKind.INTERNAL, root: true }, ROOT_CONTEXT);
    span.setAttribute('shop.warehouse', warehouse);
    return context.with(trace.setSpan(ROOT_CONTEXT, span), async () => {
      await connection.run('BEGIN IMMEDIATE');
      await connection.run('UPDATE products SET stock = stock WHERE warehouse = ? AND stock < 10', warehouse);
      await wait(countingMs);
      await connection.run('COMMIT');
      span.end();
    });
  };

  close(): void {
    this.#connection?.close();
  }
}
