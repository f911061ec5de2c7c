import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Connection } from '../../../src/engine/demo/shop/database/connection.ts';
import { ConnectionPool, PoolTimeout } from '../../../src/engine/demo/shop/database/connection-pool.ts';

describe('the pool of database connections', () => {
  let folder: string;
  let pool: ConnectionPool;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'obs-pool-'));
    pool = new ConnectionPool({ file: join(folder, 'test.db'), name: 'test', size: 2, acquireMs: 60 });
  });

  afterEach(() => {
    pool.close();
    rmSync(folder, { recursive: true });
  });

  /** Takes a connection and keeps it until it is told. */
  function hold(): {
    readonly taken: Promise<Connection>;
    readonly giveBack: () => void;
    readonly done: Promise<void>;
  } {
    const taken = Promise.withResolvers<Connection>();
    const until = Promise.withResolvers<void>();
    const done = pool.withConnection((connection) => {
      taken.resolve(connection);
      return until.promise;
    });
    done.catch((error: unknown) => taken.reject(error));
    return { taken: taken.promise, giveBack: until.resolve, done };
  }

  test('runs SQL, and uses a connection again', async () => {
    const [one, two] = [
      await pool.withConnection(async (connection) => {
        await connection.run('CREATE TABLE t (a INTEGER)');
        await connection.run('INSERT INTO t VALUES (?)', 3);
        return connection;
      }),
      await pool.withConnection((connection) => connection),
    ];
    expect(two).toBe(one);
    expect(await pool.withConnection((connection) => connection.run('SELECT a FROM t'))).toEqual([{ a: 3 }]);
    expect(await pool.withConnection((c) => c.run('UPDATE t SET a = 4 RETURNING a'))).toEqual([{ a: 4 }]);
  });

  test('lets the third caller wait until one of two connections is free', async () => {
    const [first, second] = [hold(), hold()];
    const held = await first.taken;
    await second.taken;
    const third = hold();
    first.giveBack();
    expect(await third.taken).toBe(held);
    for (const holder of [second, third]) holder.giveBack();
    await third.done;
  });

  test('does not let anybody wait for ever', async () => {
    const [first, second] = [hold(), hold()];
    await Promise.all([first.taken, second.taken]);
    const refused = pool.withConnection(() => 'never');
    await expect(refused).rejects.toThrow(PoolTimeout);
    await expect(refused).rejects.toThrow('no connection to test within 60 ms: all 2 are in use');
    first.giveBack();
    second.giveBack();
    await first.done;
    expect(await pool.withConnection(() => 'again')).toBe('again');
  });

  test('gives the connection back when its user throws', async () => {
    for (let i = 0; i < 5; i++) {
      await expect(pool.withConnection((c) => c.run('SELECT * FROM nowhere'))).rejects.toThrow('no such table');
    }
  });

  test('shrinks as connections come back, and grows for those who wait', async () => {
    const [first, second] = [hold(), hold()];
    await Promise.all([first.taken, second.taken]);
    pool.resize(1);
    second.giveBack();
    await second.done;
    const third = hold();
    pool.resize(2);
    await third.taken;
    first.giveBack();
    third.giveBack();
    await third.done;
  });

  test('fails those who wait when it closes', async () => {
    const [first, second] = [hold(), hold()];
    await Promise.all([first.taken, second.taken]);
    const waiting = pool.withConnection(() => 'never');
    pool.close();
    await expect(waiting).rejects.toThrow('the pool is closed');
    first.giveBack();
    second.giveBack();
    await Promise.all([first.done, second.done]);
  });
});
