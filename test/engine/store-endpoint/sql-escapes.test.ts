import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlCases, namedCases } from '../../../bench/fault/sql/cases.ts';
import { enumeratedCases } from '../../../bench/fault/sql/enumerated.ts';
import { fuzzCases, tryAll } from '../../../bench/fault/sql/run.ts';
import { type SqlTarget, startSqlTarget } from '../../../bench/fault/sql/target.ts';

/** The short form of `npm run fault:sql`: canaries on the disk, on a port and in the engine, and the endpoint before them. */
let target: SqlTarget;
beforeAll(async () => {
  target = await startSqlTarget();
});
afterAll(() => target[Symbol.asyncDispose]());

test('no way that has a name reaches a file, the network or another database, nor changes the store', async () => {
  const before = await target.snapshot();
  const cases = namedCases(target.canaries);
  expect(cases.length).toBeGreaterThan(300);
  expect((await tryAll(target, cases)).escapes).toEqual([]);
  expect(await target.snapshot()).toBe(before);
});

test('nor does what the engine has, nor what a grammar makes of it', async () => {
  expect((await tryAll(target, await enumeratedCases(target, 0.002))).escapes).toEqual([]);
  const { escapes, tallies } = await tryAll(target, fuzzCases(target.canaries, 20261124, 150));
  expect(escapes).toEqual([]);
  // Else the statements would show nothing.
  expect(tallies[0]?.answered).toBeGreaterThan(3);
});

test('without the guard each canary tells', async () => {
  for (const sql of controlCases(target.canaries)) {
    const { reached } = await target.askEngine(sql);
    expect([sql, reached]).toEqual([sql, [expect.any(String), ...reached.slice(1)]]);
  }
});
