import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { describeReplay } from '../../../src/engine/replay/describe-replay.ts';
import { parquetExport } from '../../../src/engine/daemon/parquet-export.ts';
import { queryAccess } from '../../../src/engine/daemon/query-access.ts';
import { replayArchive } from '../../../src/engine/daemon/replay-archive.ts';
import { signals } from '../../../src/engine/domain/signals.ts';
import type { ReplayReport } from '../../../src/engine/replay/replay.ts';
import { titleWith } from '../../real/components.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';
import { hasMinio, type Minio, minioEnvironment, startMinio } from '../../support/minio.ts';
import { logsRequest, metricsRequest, tracesRequest, tracesRequestJson } from '../../support/otlp-payloads.ts';

const sentAt = Date.now() - 3_600_000;
const traces = Array.from({ length: 4 }, (_, seed) => tracesRequest({ seed, spans: 60, startUnixMs: sentAt }));
const logs = Array.from({ length: 3 }, (_, seed) => logsRequest({ seed, records: 40, startUnixMs: sentAt }));
const metrics = Array.from({ length: 3 }, (_, seed) =>
  metricsRequest({ seed, points: 40, startUnixMs: sentAt + seed }),
);
/** Two records alike in all they have, without a time: what they get is the receiver's clock. */
const twins = JSON.stringify({
  resourceLogs: [
    { scopeLogs: [{ logRecords: [{ body: { stringValue: 'twin' } }, { body: { stringValue: 'twin' } }] }] },
  ],
});
const sent = { traces: 240, logs: 122, metrics: 120 };

async function sendAll(daemon: TestDaemon): Promise<void> {
  for (const body of traces) await daemon.send('traces', body);
  for (const body of logs) await daemon.send('logs', body);
  for (const body of metrics) await daemon.send('metrics', body);
  await daemon.send('logs', twins);
}

/** Rows and rollups, as sums that any difference in any column would change; obs's own telemetry left out. */
async function fingerprint(daemon: TestDaemon): Promise<unknown> {
  const others = `ServiceName != 'obs'`;
  const [found] = await daemon.rows(`SELECT
    (SELECT (count(), sum(cityHash64(*))) FROM otel_traces WHERE ${others}) AS spans,
    (SELECT (count(), sum(cityHash64(*))) FROM otel_logs WHERE ${others}) AS records,
    (SELECT (count(), sum(cityHash64(*))) FROM otel_metrics_sum WHERE ${others}) AS sums,
    (SELECT count() FROM otel_metrics_histogram WHERE ${others}) AS histograms,
    (SELECT (sum(Calls), sum(Errors)) FROM obs_red_10s WHERE ${others}) AS red10s,
    (SELECT (sum(Calls), sum(Errors)) FROM obs_red_1m WHERE ${others}) AS red1m,
    (SELECT uniqExact(TraceId) FROM otel_traces_trace_id_ts) AS traces`);
  return found;
}

describe.skipIf(!hasMinio)(titleWith('minio', 'replaying an archive'), () => {
  let minio: Minio;
  let live: TestDaemon;
  let other: TestDaemon;

  const useArchive = ({ home }: TestDaemon): void =>
    writeFileSync(
      join(home, 'obs.yaml'),
      `archive: { bucket: telemetry, endpoint: '${minio.endpoint}', prefix: obs }\n`,
    );
  const replayInto = async (daemon: TestDaemon): Promise<ReplayReport> => {
    const range = { signals, sinceUnixMs: Date.now() - 600_000, untilUnixMs: Date.now() + 1000 };
    return Effect.runPromise(replayArchive(range, daemon.env, () => {}));
  };
  const addedBy = ({ signals: counts }: ReplayReport): object => ({
    traces: counts.traces.added,
    logs: counts.logs.added,
    metrics: counts.metrics.added,
  });

  beforeAll(async () => {
    Object.assign(process.env, minioEnvironment);
    minio = await startMinio();
    [live, other] = await Promise.all([startTestDaemon(undefined, { archive: minio.settings }), startTestDaemon()]);
    useArchive(live);
    useArchive(other);
    await sendAll(live);
    await live.eventually(async () => {
      const { archive, stored } = await live.status();
      const uploaded = signals.map((signal) => archive?.uploaded[signal].items);
      return String(uploaded) === String(Object.values(sent)) && stored?.traces === sent.traces;
    });
  });
  afterAll(async () => {
    await Promise.all([live[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
    await minio[Symbol.asyncDispose]();
  });

  test('adds nothing to the store that has it all', async () => {
    const report = await replayInto(live);
    expect(report.signals.traces).toEqual({ objects: 1, unreadable: 0, records: 4, rows: 240, added: 0 });
    expect(addedBy(report)).toEqual({ traces: 0, logs: 0, metrics: 0 });
    expect(report.findings).toEqual([]);
  });

  test('adds to another store exactly what it lacks, half of a request among it, and nothing the second time', async () => {
    await other.send('traces', traces[0] ?? '');
    const half = tracesRequestJson({ seed: 1, spans: 60, startUnixMs: sentAt }) as {
      resourceSpans: { scopeSpans: { spans: object[] }[] }[];
    };
    for (const { scopeSpans } of half.resourceSpans) for (const scope of scopeSpans) scope.spans.splice(25);
    await other.send('traces', JSON.stringify(half));
    await other.send('logs', logs[1] ?? '');
    expect(addedBy(await replayInto(other))).toEqual({ traces: 240 - 60 - 25, logs: 122 - 40, metrics: 120 });
    expect(await fingerprint(other)).toEqual(await fingerprint(live));
    expect(addedBy(await replayInto(other))).toEqual({ traces: 0, logs: 0, metrics: 0 });
    expect(await fingerprint(other)).toEqual(await fingerprint(live));
  });

  test('an object that was cut short is told, and what is whole of it is there', async () => {
    const key = (await minio.keys('obs/metrics')).find((name) => name.endsWith('.zst')) ?? '';
    const bytes = await minio.read(key);
    await minio.overwrite(key, bytes.subarray(0, bytes.length - 100));
    const { findings, signals: counts } = await replayInto(live);
    expect(findings).toMatchObject([{ key, problem: expect.stringContaining('cut short') }]);
    expect(Object.values(counts).map(describeReplay).join('\n')).toMatch(
      /; 1 of \d+ objects could not be read, or not all/,
    );
    expect(counts.traces.rows).toBe(240);
    await minio.overwrite(key, bytes);
  });

  test('Parquet goes to the bucket, one file a table', async () => {
    const range = { signals: ['metrics'] as const, sinceUnixMs: sentAt - 1000, untilUnixMs: Date.now() };
    const files = await Effect.runPromise(
      parquetExport(range, 's3://telemetry/lake/points.parquet', live.env).pipe(
        Effect.provide(queryAccess(live.env)),
        Effect.scoped,
      ),
    );
    const names = files.map(({ name }) => name);
    expect(names).toContain('lake/points-histogram.parquet');
    expect(await minio.keys('lake/')).toEqual(names.toSorted());
    const bytes = await minio.read('lake/points-histogram.parquet');
    expect([bytes.toString('latin1', 0, 4), bytes.toString('latin1', bytes.length - 4)]).toEqual(['PAR1', 'PAR1']);
    expect(files.reduce((sum, { rows }) => sum + rows, 0)).toBeGreaterThanOrEqual(120);
  });
});
