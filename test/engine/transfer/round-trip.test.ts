import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { Effect, Stream } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { telemetryTableNames } from '../../../src/engine/domain/schema/telemetry.ts';
import { type Signal, signals } from '../../../src/engine/domain/signals.ts';
import { httpQueryClient } from '../../../src/engine/store/http-query-client.ts';
import { exportTelemetry, type ExportRequest } from '../../../src/engine/transfer/export.ts';
import { importFile } from '../../../src/engine/transfer/import.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../../support/otlp-payloads.ts';

const everyKind = (nowMs: number): string => {
  const timeUnixNano = `${BigInt(nowMs) * 1_000_000n + 123n}`;
  const attributes = [{ key: 'list', value: { arrayValue: { values: [{ intValue: '1' }, { boolValue: true }] } } }];
  const exemplars = [{ timeUnixNano, asDouble: 0.1, spanId: '1'.repeat(16), traceId: '2'.repeat(32) }];
  const point = { timeUnixNano, startTimeUnixNano: timeUnixNano, attributes };
  const metrics = [
    {
      name: 'g',
      unit: '1',
      gauge: {
        dataPoints: [
          { ...point, asDouble: -0.1, exemplars },
          { ...point, asDouble: 'NaN' },
        ],
      },
    },
    {
      name: 's',
      sum: { isMonotonic: true, aggregationTemporality: 1, dataPoints: [{ ...point, asInt: '7', flags: 1 }] },
    },
    {
      name: 'h',
      description: 'd',
      histogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...point,
            count: '3',
            sum: 4.5,
            min: 1,
            max: 2,
            bucketCounts: ['1', '2'],
            explicitBounds: [1.5],
            exemplars,
          },
          { ...point, count: '0' },
        ],
      },
    },
    {
      name: 'e',
      exponentialHistogram: {
        aggregationTemporality: 2,
        dataPoints: [
          {
            ...point,
            count: '9',
            sum: 1,
            scale: -2,
            zeroCount: '1',
            zeroThreshold: 0.5,
            positive: { offset: -3, bucketCounts: ['1', '300'] },
            negative: { offset: 2, bucketCounts: ['5'] },
          },
        ],
      },
    },
    {
      name: 'q',
      summary: { dataPoints: [{ ...point, count: '2', sum: 3, quantileValues: [{ quantile: 0.5, value: 1.5 }] }] },
    },
  ];
  const resource = {
    attributes: [{ key: 'service.name', value: { stringValue: 'kinds' } }],
    droppedAttributesCount: 2,
  };
  const scope = { name: 'n', version: 'v', attributes, droppedAttributesCount: 1 };
  return JSON.stringify({
    resourceMetrics: [{ resource, schemaUrl: 'https://r', scopeMetrics: [{ scope, schemaUrl: 'https://s', metrics }] }],
  });
};

describe('an import of an export gives the same rows', () => {
  let from: TestDaemon;
  let folder: string;
  const now = Date.now();
  const everything = { signals, sinceUnixMs: now - 3_600_000, untilUnixMs: now + 3_600_000 };
  const sent = { traces: 40, logs: 25, metrics: 20 + 7 };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'obs-transfer-'));
    from = await startTestDaemon();
    await from.send('traces', tracesRequest({ spans: 40, services: 3, startUnixMs: now, errors: 0.3 }));
    await from.send('logs', logsRequest({ records: 25, startUnixMs: now }));
    await from.send('metrics', metricsRequest({ points: 20, startUnixMs: now }));
    await from.send('metrics', everyKind(now));
    await allStored(from);
  });
  afterAll(async () => {
    await from[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  const allStored = (daemon: TestDaemon): Promise<void> =>
    daemon.eventually(async () => {
      const { stored } = await daemon.status();
      return stored !== null && signals.every((signal) => stored[signal] === sent[signal]);
    });
  const exported = async (request: ExportRequest): Promise<Buffer> => {
    const chunks = exportTelemetry(request).pipe(
      Stream.runCollect,
      Effect.provide(httpQueryClient({ endpoint: from.state.endpoints.query })),
    );
    return Buffer.concat(await Effect.runPromise(chunks));
  };
  const send = (path: string, to: TestDaemon, signal?: Signal): Promise<unknown> =>
    Effect.runPromise(importFile(path, to.state.endpoints.otlpHttp, signal));
  const contents = async (daemon: TestDaemon): Promise<unknown[]> => {
    const tables: unknown[] = [];
    for (const table of telemetryTableNames) {
      tables.push(await daemon.rows(`SELECT * FROM ${table} WHERE ServiceName != 'obs' ORDER BY ALL`));
    }
    return tables;
  };

  test('as JSON lines, gzipped', async () => {
    const file = join(folder, 'all.jsonl.gz');
    writeFileSync(file, gzipSync(await exported({ ...everything, encoding: 'json' })));
    await using to = await startTestDaemon();
    expect(await send(file, to)).toMatchObject({ rejected: 0, messages: [] });
    await allStored(to);
    expect(await contents(to)).toEqual(await contents(from));
  });

  test('as protobuf, a file a signal', async () => {
    await using to = await startTestDaemon();
    for (const signal of signals) {
      const file = join(folder, `${signal}.pb`);
      writeFileSync(file, await exported({ ...everything, signals: [signal], encoding: 'protobuf' }));
      expect(await send(file, to)).toMatchObject({ rejected: 0, requests: 1 });
    }
    await allStored(to);
    expect(await contents(to)).toEqual(await contents(from));
  });

  test('of telemetry of more days than a request may have, sparse as it is', async () => {
    await using sparse = await startTestDaemon();
    const dayMs = 24 * 3_600_000;
    for (const first of [0, 60]) {
      const records = Array.from({ length: 60 }, (_, i) => ({ timeUnixNano: `${now - (first + i) * dayMs}000000` }));
      await sparse.send('logs', JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: records }] }] }));
    }
    const stored = async (daemon: TestDaemon): Promise<string | undefined> =>
      (await daemon.rows<{ n: string }>("SELECT count() AS n FROM otel_logs WHERE ServiceName != 'obs'"))[0]?.n;
    await sparse.eventually(async () => (await stored(sparse)) === '120');
    for (const encoding of ['json', 'protobuf'] as const) {
      const file = join(folder, `sparse-logs.${encoding}`);
      const range = { signals: ['logs'] as const, sinceUnixMs: now - 200 * dayMs, untilUnixMs: now + dayMs };
      const chunks = exportTelemetry({ ...range, encoding }).pipe(
        Stream.runCollect,
        Effect.provide(httpQueryClient({ endpoint: sparse.state.endpoints.query })),
      );
      writeFileSync(file, Buffer.concat(await Effect.runPromise(chunks)));
      await using to = await startTestDaemon();
      expect(await send(file, to, 'logs')).toMatchObject({ rejected: 0, requests: 2 });
      await to.eventually(async () => (await stored(to)) === '120');
    }
  });

  test('one trace, or one service, alone', async () => {
    const [row] = await from.rows<{ TraceId: string; n: string }>(
      'SELECT TraceId, count() AS n FROM otel_traces GROUP BY TraceId LIMIT 1',
    );
    const traceId = row?.TraceId ?? '';
    const lines = (await exported({ ...everything, traceId, encoding: 'json' })).toString().trim().split('\n');
    const spans = lines.flatMap((line) => [...line.matchAll(/"spanId":"[0-9a-f]{16}"/g)]);
    expect(lines.every((line) => !line.includes('resourceMetrics'))).toBe(true);
    expect(spans.length).toBeGreaterThanOrEqual(Number(row?.n));
    expect((await exported({ ...everything, service: 'nobody', encoding: 'json' })).length).toBe(0);
  });

  test('a file that is no OTLP is refused with what is wrong, where, and what went before', async () => {
    const attempts: [string, string, RegExp][] = [
      ['no-key.json', '{"spans":[]}', /no OTLP request/],
      ['broken.jsonl', '{"resourceSpans":[]}\n{"resourceSpans":', /Line 2/],
      ['unknown.bin', '\n\u0001x', /Cannot tell/],
      ['traces.bin', '\n\u00ffx', /refused/],
    ];
    for (const [name, content, words] of attempts) {
      const file = join(folder, name);
      writeFileSync(file, content);
      await expect(send(file, from)).rejects.toMatchObject({ _tag: 'BadInput', what: expect.stringMatching(words) });
    }
    await expect(send(join(folder, 'none'), from)).rejects.toMatchObject({
      what: expect.stringContaining('Cannot read'),
    });
  });
});
