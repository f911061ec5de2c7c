import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allEvidence } from '../../../../src/engine/explain/evidence/all-evidence.ts';
import { compareRows, recheck, resultOf } from '../../../../src/engine/explain/evidence/check.ts';
import { fetchEvidence, withRows, type Evidence } from '../../../../src/engine/explain/evidence/evidence.ts';
import { readAnswer } from '../../../../src/engine/explain/evidence/saved-answer.ts';
import { explainTrace } from '../../../../src/engine/explain/explain-trace.ts';
import { httpQueryClient } from '../../../../src/engine/store/http-query-client.ts';
import { quoteText } from '../../../../src/engine/store/sql-text.ts';
import { drawSpans } from '../../../support/trace-dsl.ts';
import { at, openExplainStore } from '../real-store.ts';
import { nothingUnusual } from '../sample-explanation.ts';

const picture = (bankMs: number) =>
  drawSpans(`
    web: POST /checkout          server  0 +${bankMs + 20}
      web: POST /charges         client 10 +${bankMs}  service.peer.name=bank`);

const hourMs = 3_600_000;
const start = Math.floor(Date.now() / hourMs) * hourMs - 6 * hourMs;
const id = (n: number): string => n.toString(16).padStart(32, '0');
const slowId = id(0xabc);

let store: Awaited<ReturnType<typeof openExplainStore>>;
let slow: readonly Evidence[];

beforeAll(async () => {
  store = await openExplainStore();
  const healthy = Array.from({ length: 60 }, (_, n) => at(picture(50), start + n * 5000, id(n + 1)));
  await store.insertSpans([...healthy.flat(), ...at(picture(1500), start + 301_000, slowId)]);
  slow = allEvidence(await store.run(explainTrace(slowId))).map(({ evidence }) => evidence);
});
afterAll(() => store.close());

const checksOf = (evidence: readonly Evidence[]) => Promise.all(evidence.map((each) => store.run(recheck(each))));

describe('evidence that is run again', () => {
  test('holds while nothing changes, also after its way through a file', async () => {
    expect(slow.length).toBeGreaterThan(1);
    const held = slow.map(({ id: own, rows }) => ({ id: own, holds: true, rows: rows.length }));
    expect(await checksOf(slow)).toEqual(held);
    const explanation = await store.run(explainTrace(slowId));
    const saved = readAnswer(JSON.stringify(explanation));
    expect(await checksOf(saved!.evidence.map(({ evidence }) => evidence))).toEqual(held);
  });

  test('differs after telemetry of that time came late, and says which rows', async () => {
    const title = 'calls of the window';
    const sql = `SELECT count() AS calls, max(Duration) AS longest FROM otel_traces WHERE Timestamp >= fromUnixTimestamp64Milli(${start}) AND Timestamp < fromUnixTimestamp64Milli(${start + 10_000}) AND SpanKind = 'Server'`;
    const before = await store.run(fetchEvidence({ title, sql }));
    await store.insertSpans(at(picture(90), start + 7000, id(0xdead)));
    expect(await store.run(recheck(before))).toEqual({
      id: before.id,
      holds: false,
      differences: {
        rowsBefore: 1,
        rowsNow: 1,
        onlyBefore: { count: 1, first: [{ calls: '2', longest: '70000000' }] },
        onlyNow: { count: 1, first: [{ calls: '3', longest: '110000000' }] },
      },
    });
  });

  test('is gone when retention took its rows, or its table is not there', async () => {
    const sql = `SELECT TraceId FROM otel_logs WHERE Timestamp >= fromUnixTimestamp64Milli(${start}) ORDER BY TraceId LIMIT 5`;
    await store.insertLogs(slowId, start, [
      {
        atNs: 0,
        spanId: '',
        service: 'web',
        severity: 'INFO',
        severityNumber: 9,
        body: 'hello',
        exceptionType: '',
        exceptionMessage: '',
      },
    ]);
    const evidence = await store.run(fetchEvidence({ title: 'logs', sql }));
    expect(evidence.rows).toHaveLength(1);
    await store.command('ALTER TABLE otel_logs DROP PARTITION ALL');
    expect(await store.run(recheck(evidence))).toEqual({
      id: evidence.id,
      gone: 'its row is not in the store any more: past its retention, or another store',
    });
    await store.command('DROP TABLE otel_logs');
    expect(await store.run(recheck(evidence))).toEqual({ id: evidence.id, gone: expect.stringContaining('otel_logs') });
  });
});

describe('evidence about which nothing is known, which is not gone', () => {
  test('is that whose statement ran out of time or cannot be run', async () => {
    const late = 'SELECT sum(cityHash64(number)) AS s FROM numbers(100000000000) SETTINGS max_execution_time = 0.1';
    const wrong = 'SELECT Nobody FROM otel_traces WHERE Timestamp > now() LIMIT 1';
    const checks = await checksOf([late, wrong].map((sql) => withRows({ title: '', sql }, [{ s: '1' }])));
    expect(checks.map(resultOf)).toEqual(['unchecked', 'unchecked']);
    expect(checks[0]).toMatchObject({ unchecked: expect.stringContaining('TIMEOUT_EXCEEDED') });
    expect(checks[1]).toMatchObject({ unchecked: expect.stringContaining('Nobody') });
  });

  test('is that for which no engine answers', async () => {
    const nobody = httpQueryClient({ endpoint: 'http://127.0.0.1:1' });
    const check = await Effect.runPromise(Effect.provide(recheck(slow[0]!), nobody));
    expect(check).toEqual({
      id: slow[0]!.id,
      unchecked: expect.stringContaining('no engine answers at http://127.0.0.1:1'),
    });
  });
});

describe('a statement that somebody put into a saved answer', () => {
  /** As if the answer had been made with it: its id fits. */
  const planted = (sql: string): Evidence => withRows({ title: 'planted', sql }, [{ a: 1 }]);

  test('is refused by the guard when it does more than read the tables of the store', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'obs-planted-'));
    const file = quoteText(join(folder, 'out.tsv'));
    const statements = [
      'SELECT 1; DROP TABLE otel_traces',
      'DROP TABLE otel_traces',
      `SELECT * FROM file('/etc/passwd', 'LineAsString')`,
      `SELECT 1 INTO OUTFILE ${file}`,
      `INSERT INTO FUNCTION file(${file}, 'CSV', 'a Int8') SELECT 1`,
      `SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')`,
      `SELECT sleepEachRow(3) FROM numbers(100)`,
    ];
    for (const check of await checksOf(statements.map(planted))) expect(check).toHaveProperty('unchecked');
    expect(existsSync(join(folder, 'out.tsv'))).toBe(false);
    expect(await store.run(recheck(slow[0]!))).toMatchObject({ holds: true });
    rmSync(folder, { recursive: true });
  });

  test('is not run at all under the id of another', async () => {
    const swapped = { ...slow[0]!, sql: 'SELECT 1 AS a' };
    expect(await store.run(recheck(swapped))).toEqual({
      id: slow[0]!.id,
      unchecked: 'its statement is not the one that this id stands for',
    });
  });
});

describe('rows are the same', () => {
  test('whatever the order of equal ones and of their names, to the last digit, and as often', () => {
    const rows = [
      { a: 1, b: 'x' },
      { a: 1, b: 'x' },
      { a: 2.5, b: [1, { c: null }] },
    ];
    expect(compareRows(rows, [rows[2]!, { b: 'x', a: 1 }, rows[0]!])).toBeNull();
    expect(compareRows([{ a: 0.1 + 0.2 }], [{ a: 0.3 }])).toMatchObject({ rowsBefore: 1, rowsNow: 1 });
    expect(compareRows([{ a: 1 }], [{ a: '1' }])).not.toBeNull();
    expect(compareRows(rows, rows.slice(1))).toMatchObject({
      rowsBefore: 3,
      rowsNow: 2,
      onlyBefore: { count: 1, first: [{ a: 1, b: 'x' }] },
      onlyNow: { count: 0, first: [] },
    });
  });

  test('of many that differ the first are told, and how many there are', () => {
    const many = Array.from({ length: 40 }, (_, n) => ({ n }));
    const differences = compareRows(many, []);
    expect(differences?.onlyBefore.count).toBe(40);
    expect(differences?.onlyBefore.first).toEqual(many.slice(0, 5));
  });
});

test('an answer that found nothing has no evidence', () => expect(allEvidence(nothingUnusual())).toEqual([]));
