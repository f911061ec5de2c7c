import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, Stream } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readRows } from '../../../src/engine/store/read-rows.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { exportTelemetry } from '../../../src/engine/transfer/export.ts';
import { exportParquet } from '../../../src/engine/transfer/parquet.ts';
import type { ExportRange } from '../../../src/engine/transfer/slices.ts';
import { writeExport } from '../../../src/engine/transfer/write-export.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';
import { openRealStore } from '../store-endpoint/real-store.ts';

const hour = 3_600_000;
const start = Date.UTC(2026, 9, 5, 12);
const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');

interface Item {
  readonly id: number;
  readonly trace: string;
  readonly unixNano: bigint;
}

/** Spans spread over days, many traces within a second, one large trace, and many at one nanosecond. */
function everyShape(): readonly Item[] {
  const at = (ms: number): bigint => BigInt(start + ms) * 1_000_000n;
  const items: Omit<Item, 'id'>[] = [];
  const scattered = (index: number): string => hex((index * 2_654_435_761) % 2 ** 32, 8).padEnd(32, 'a');
  for (let i = 0; i < 300; i++) items.push({ trace: scattered(i), unixNano: at(i * hour) });
  for (let i = 0; i < 400; i++) items.push({ trace: scattered(1000 + i), unixNano: at(5000) + BigInt(i) });
  // Ids that differ in their last digits alone.
  for (let i = 0; i < 300; i++) items.push({ trace: hex(1 + i, 32), unixNano: at(6000) });
  for (let i = 0; i < 300; i++) items.push({ trace: 'b'.repeat(32), unixNano: at(7000) + BigInt(i % 100) });
  for (let i = 0; i < 300; i++) items.push({ trace: 'c'.repeat(32), unixNano: at(299_999) + 999_999n });
  return items.map((item, index) => ({ ...item, id: index + 1 }));
}

function request(items: readonly Item[]): string {
  const spans = items.map(({ id, trace, unixNano }) => ({
    traceId: trace,
    spanId: hex(id, 16),
    name: 'a',
    startTimeUnixNano: `${unixNano}`,
    endTimeUnixNano: `${unixNano}`,
  }));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] });
}

describe('an export of more than the query endpoint answers at once', () => {
  const items = everyShape();
  const all = items.map(({ id }) => hex(id, 16));
  const range: ExportRange = { signals: ['traces'], sinceUnixMs: start - hour, untilUnixMs: start + 400 * hour };
  let daemon: TestDaemon;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obs-export-'));
    daemon = await startTestDaemon();
    await daemon.send('traces', request(items));
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === items.length);
  });
  afterAll(async () => {
    await daemon[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const client = (): Layer.Layer<QueryClient> => httpQueryClient({ endpoint: daemon.state.endpoints.query });
  /** The same, with an endpoint that answers so many rows at most, by the engine's own limit. */
  const limited = (rows: number): Layer.Layer<QueryClient> =>
    Layer.effect(
      QueryClient,
      Effect.map(QueryClient, (whole) => ({
        ...whole,
        bytes: (sql, format, options = {}) =>
          whole.bytes(sql, format, { ...options, settings: { ...options.settings, max_result_rows: rows } }),
      })),
    ).pipe(Layer.provide(client()));
  const idsOf = (text: string): string[] =>
    [...text.matchAll(/"spanId":"([0-9a-f]{16})"/g)].map(([, id]) => id ?? '').sort();
  const exported = (of: ExportRange, pageRows: number, access = client()): Promise<string> =>
    Effect.runPromise(
      exportTelemetry({ ...of, encoding: 'json' }, pageRows).pipe(
        Stream.decodeText(),
        Stream.mkString,
        Effect.provide(access),
      ),
    );

  test.each([1, 7, 100, 5000])('has every row once in pages of %i', { timeout: 180_000 }, async (pageRows) => {
    if (pageRows > 1) expect(idsOf(await exported(range, pageRows))).toEqual(all);
    else {
      // One row a page: of the rows of one nanosecond alone, and of what borders on them.
      const narrow = { ...range, sinceUnixMs: start + 299_999, untilUnixMs: start + 3 * hour };
      expect(idsOf(await exported({ ...narrow }, pageRows))).toHaveLength(300 + 2);
    }
  });

  test('reads in smaller pages what the endpoint refuses as too much', async () => {
    expect(idsOf(await exported(range, 5000, limited(90)))).toEqual(all);
  });

  test('says what the engine said when nothing smaller is left, and leaves no file', async () => {
    const file = join(folder, 'failed.jsonl');
    const work = writeExport(exportTelemetry({ ...range, encoding: 'json' }, 300), file).pipe(
      Effect.provide(
        Layer.effect(
          QueryClient,
          Effect.map(QueryClient, (whole) => ({
            ...whole,
            bytes: (sql, format, options) => whole.bytes(sql.replace('otel_traces', 'gone'), format, options),
          })),
        ).pipe(Layer.provide(client())),
      ),
    );
    await expect(Effect.runPromise(work)).rejects.toMatchObject({ _tag: 'QueryFailed', code: 60 });
    expect(readdirSync(folder)).not.toContain('failed.jsonl');
    expect(readdirSync(folder)).not.toContain('failed.jsonl.part');
  });

  test('has what was there at its start once, whatever comes in meanwhile', async () => {
    const file = join(folder, 'meanwhile.jsonl');
    const late: Item[] = [];
    let sent = Promise.resolve(0);
    const requests = exportTelemetry({ ...range, encoding: 'json' }, 50).pipe(
      Stream.tap(() =>
        Effect.promise(async () => {
          const extra = items.slice(0, 40).map((item, index) => ({
            ...item,
            id: 1_000_000 + late.length + index,
            unixNano: item.unixNano + BigInt(late.length),
          }));
          late.push(...extra);
          sent = daemon.send('traces', request(extra));
          await sent;
          await daemon.eventually(async () => (await daemon.status()).stored?.traces === items.length + late.length);
        }),
      ),
    );
    await Effect.runPromise(writeExport(requests, file).pipe(Effect.provide(client())));
    const ids = idsOf(readFileSync(file, 'utf8'));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => id < hex(1_000_000, 16))).toEqual(all);
  });

  test('gives Parquet in parts below a minute, with their names only when all are written', async () => {
    const path = join(folder, 'spans.parquet');
    const write = (access: Layer.Layer<QueryClient>, partRows: number) =>
      Effect.runPromise(
        exportParquet({ ...range, untilUnixMs: start + hour }, { kind: 'file', path }, partRows).pipe(
          Effect.provide(access),
        ),
      );
    let answers = 0;
    const failing = Layer.effect(
      QueryClient,
      Effect.map(QueryClient, (whole) => ({
        ...whole,
        bytes: (sql, format, options) =>
          whole.bytes(++answers > 2 ? sql.replace('otel_traces', 'gone') : sql, format, options),
      })),
    ).pipe(Layer.provide(client()));
    await expect(write(failing, 100)).rejects.toMatchObject({ _tag: 'QueryFailed', code: 60 });
    expect(readdirSync(folder).filter((name) => name.includes('parquet'))).toEqual([]);

    const [{ n } = { n: '0' }] = await daemon.rows<{ n: string }>(
      `SELECT count() AS n FROM otel_traces WHERE Timestamp < fromUnixTimestamp64Milli(${start + hour})`,
    );
    const files = await write(limited(80), 100);
    expect(files.length).toBeGreaterThan(Number(n) / 100);
    expect(files[0]?.name).toBe(join(folder, 'spans-0001.parquet'));
    expect(files.reduce((sum, file) => sum + file.rows, 0)).toBe(Number(n));
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
    const store = await openRealStore();
    const source = `file('${join(folder, 'spans-*.parquet')}', 'Parquet')`;
    const [read] = await store
      .run(readRows<object>(`SELECT count() AS rows, uniqExact(SpanId) AS ids FROM ${source}`))
      .finally(store.close);
    expect(read).toEqual({ rows: Number(n), ids: Number(n) });
  });
});
