import { DatabaseSync } from 'node:sqlite';
import { metrics } from '@opentelemetry/api';
import { log } from '../telemetry/log.ts';
import { Connection } from './connection.ts';

export interface PoolOptions {
  readonly file: string;
  /** `db.namespace` and pool name in telemetry. */
  readonly name: string;
  readonly size: number;
  /** How long a caller waits for a connection before it gets `PoolTimeout`. */
  readonly acquireMs: number;
}

export class PoolTimeout extends Error {
  override readonly name = 'PoolTimeout';
}

interface Waiter {
  readonly give: (connection: Connection) => void;
  readonly fail: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A pool of SQLite connections to one file: callers beyond `size` wait in line. As with most pools no span tells of
 * that wait; metrics do (semantic conventions for database client pools), and in a trace it is the gap before the SQL.
 */
export class ConnectionPool {
  readonly #options: PoolOptions;
  readonly #idle: Connection[] = [];
  readonly #waiting: Waiter[] = [];
  readonly #waitTime;
  #open = 0;
  #limit: number;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#limit = options.size;
    keepLogAhead(options.file);
    // All at once, as pools with a minimum do: opened on demand, they would look like a leak of memory for a while.
    for (let i = 0; i < options.size; i++) this.#idle.push(this.#connect());
    const meter = metrics.getMeter('shop.database');
    const attributes = { 'db.client.connection.pool.name': options.name };
    meter
      .createObservableUpDownCounter('db.client.connection.count', { unit: '{connection}' })
      .addCallback((result) => {
        result.observe(this.#idle.length, { ...attributes, 'db.client.connection.state': 'idle' });
        result.observe(this.#open - this.#idle.length, { ...attributes, 'db.client.connection.state': 'used' });
      });
    meter
      .createObservableUpDownCounter('db.client.connection.max', { unit: '{connection}' })
      .addCallback((result) => result.observe(this.#limit, attributes));
    meter
      .createObservableUpDownCounter('db.client.connection.pending_requests', { unit: '{request}' })
      .addCallback((result) => result.observe(this.#waiting.length, attributes));
    this.#waitTime = meter.createHistogram('db.client.connection.wait_time', { unit: 's' });
  }

  /** Runs `use` with a connection of its own, which goes back to the pool afterwards. */
  async withConnection<A>(use: (connection: Connection) => A | Promise<A>): Promise<A> {
    const connection = await this.#acquire();
    try {
      return await use(connection);
    } finally {
      this.#release(connection);
    }
  }

  /** How many connections may be open from now on; those in use beyond it are closed when they come back. */
  resize(limit: number): void {
    this.#limit = limit;
    while (this.#open > limit && this.#idle.length > 0) this.#close(this.#idle.pop()!);
    while (this.#waiting.length > 0 && this.#open < limit) this.#hand(this.#waiting.shift()!, this.#connect());
  }

  close(): void {
    for (const waiter of this.#waiting.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.fail(new Error('the pool is closed'));
    }
    for (const connection of this.#idle.splice(0)) this.#close(connection);
  }

  async #acquire(): Promise<Connection> {
    const from = performance.now();
    const connection = this.#idle.pop() ?? (this.#open < this.#limit ? this.#connect() : await this.#wait());
    const waitedMs = performance.now() - from;
    this.#waitTime.record(waitedMs / 1000, { 'db.client.connection.pool.name': this.#options.name });
    if (waitedMs > 500) {
      log.warn('waited long for a database connection', {
        'db.client.connection.pool.name': this.#options.name,
        'wait.ms': Math.round(waitedMs),
        'pool.size': this.#limit,
        'pool.pending': this.#waiting.length,
      });
    }
    return connection;
  }

  #wait(): Promise<Connection> {
    return new Promise((give, fail) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        const { name, acquireMs } = this.#options;
        fail(new PoolTimeout(`no connection to ${name} within ${acquireMs} ms: all ${this.#limit} are in use`));
      }, this.#options.acquireMs);
      const waiter: Waiter = { give, fail, timer };
      this.#waiting.push(waiter);
    });
  }

  #release(connection: Connection): void {
    if (this.#open > this.#limit) return this.#close(connection);
    const next = this.#waiting.shift();
    if (next === undefined) this.#idle.push(connection);
    else this.#hand(next, connection);
  }

  #hand(waiter: Waiter, connection: Connection): void {
    clearTimeout(waiter.timer);
    waiter.give(connection);
  }

  #connect(): Connection {
    this.#open++;
    return new Connection(this.#options.file, this.#options.name);
  }

  #close(connection: Connection): void {
    this.#open--;
    connection.close();
  }
}

/**
 * The file says it for all its connections. Told by each of them, two that open at once may find it locked, and SQLite
 * does not wait then: https://www.sqlite.org/wal.html
 */
function keepLogAhead(file: string): void {
  const database = new DatabaseSync(file);
  database.exec('PRAGMA journal_mode = WAL');
  database.close();
}
