import { existsSync } from 'node:fs';
import { Effect, Exit } from 'effect';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queryAccess } from '../../../src/engine/daemon/query-access.ts';
import { QueryClient } from '../../../src/engine/store/query-client.ts';
import { isAlive } from '../../../src/engine/daemon/process-identity.ts';
import { readRunState } from '../../../src/engine/daemon/run-state.ts';
import { startTestDaemon, type TestDaemon } from '../../support/daemon-fixture.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../../support/otlp-payloads.ts';

async function callsIn(daemon: TestDaemon, rollup: string): Promise<number> {
  const [row] = await daemon.rows<{ calls: string }>(`SELECT sum(Calls) AS calls FROM ${rollup}`);
  return Number(row?.calls);
}

describe('the whole way, from the socket to SQL', () => {
  let daemon: TestDaemon;
  beforeAll(async () => {
    daemon = await startTestDaemon();
  });
  afterAll(async () => daemon[Symbol.asyncDispose]());

  test('what three signals send is received, stored, counted and found', async () => {
    const startUnixMs = Date.now();
    expect(await daemon.send('traces', tracesRequest({ spans: 200, startUnixMs, seed: 1 }))).toBe(200);
    expect(await daemon.send('logs', logsRequest({ records: 100, startUnixMs, seed: 2 }))).toBe(200);
    expect(await daemon.send('metrics', metricsRequest({ points: 40, startUnixMs, seed: 3 }))).toBe(200);

    const received = { traces: 200, logs: 100, metrics: 40 };
    await daemon.eventually(async () => {
      const { stored } = await daemon.status();
      return stored?.traces === 200 && stored.logs === 100 && stored.metrics === 40;
    });
    const status = await daemon.status();
    expect(status).toMatchObject({
      ready: true,
      received,
      stored: received,
      rejected: { traces: 0, logs: 0, metrics: 0 },
    });
    await daemon.eventually(async () => (await callsIn(daemon, 'obs_red_10s')) >= 200);
    expect(await callsIn(daemon, 'obs_red_10s')).toBe(200);
  });

  test('the daemon says where it is, and health answers', async () => {
    expect(readRunState(daemon.paths)).toEqual(daemon.state);
    const health = await fetch(`${daemon.state.endpoints.otlpHttp}/health`);
    expect([health.status, await health.json()]).toEqual([200, { ready: true }]);
  });

  test('a second daemon over the same folder is kept out and told who is in', async () => {
    await expect(startTestDaemon(daemon.home)).rejects.toMatchObject({ _tag: 'StoreLocked', pid: process.pid });
  });

  test('obs reports on itself, and what it says of itself is not counted as received', async () => {
    await daemon.eventually(
      async () => (await daemon.rows("SELECT 1 FROM otel_metrics_sum WHERE ServiceName = 'obs' LIMIT 1")).length === 1,
    );
    const { received, stored } = await daemon.status();
    expect(received.metrics).toBe(40);
    expect(stored?.metrics).toBe(40);
    const names = await daemon.rows<{ MetricName: string }>(
      "SELECT DISTINCT MetricName FROM otel_metrics_gauge WHERE ServiceName = 'obs' ORDER BY MetricName",
    );
    expect(names.map(({ MetricName }) => MetricName)).toContain('process.memory.usage');
  });

  test('a statement that writes is refused at the endpoint, the data are untouched', async () => {
    await expect(daemon.rows('DROP TABLE otel_traces')).rejects.toMatchObject({ _tag: expect.stringMatching(/Query/) });
    expect(await daemon.rows('SELECT count() AS n FROM otel_traces')).toEqual([{ n: '200' }]);
  });
});

describe('when a part dies', () => {
  test('kill -9 of the engine: senders go on, it is back, nothing is lost or doubled', async () => {
    await using daemon = await startTestDaemon();
    const startUnixMs = Date.now();
    const enginePid = (await daemon.status()).engine.pid ?? 0;
    let acknowledged = 0;
    for (let request = 0; request < 40; request++) {
      if (request === 10) process.kill(enginePid, 'SIGKILL');
      const status = await daemon.send('traces', tracesRequest({ spans: 50, startUnixMs, seed: request }));
      expect(status).toBe(200);
      acknowledged += 50;
    }
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === acknowledged);
    const { engine, ready } = await daemon.status();
    expect(ready).toBe(true);
    expect(engine).toMatchObject({ restarts: 1, lastExit: 'killed by SIGKILL' });
    expect(engine.pid).not.toBe(enginePid);
    expect(await daemon.rows('SELECT count() AS n, uniqExact(SpanId, TraceId) AS u FROM otel_traces')).toEqual([
      { n: String(acknowledged), u: String(acknowledged) },
    ]);
    // A view's part is written after the table's own, within the same insert.
    await daemon.eventually(async () => (await callsIn(daemon, 'obs_red_1m')) >= acknowledged);
    expect(await callsIn(daemon, 'obs_red_1m')).toBe(acknowledged);
  });

  test('a clean stop leaves no process, no run file; what was acknowledged is there after the next start', async () => {
    const first = await startTestDaemon();
    const enginePid = (await first.status()).engine.pid ?? 0;
    expect(await first.send('traces', tracesRequest({ spans: 30, startUnixMs: Date.now() }))).toBe(200);
    await first.stop();
    expect(isAlive(enginePid)).toBe(false);
    expect(existsSync(first.paths.runFile)).toBe(false);

    await using second = await startTestDaemon(first.home);
    await second.eventually(async () => (await second.status()).stored?.traces === 30);
    expect(await second.rows('SELECT count() AS n FROM otel_traces')).toEqual([{ n: '30' }]);
  });

  test('with no daemon a read command opens the store itself; with no store it says that nothing runs', async () => {
    const daemon = await startTestDaemon();
    expect(await daemon.send('traces', tracesRequest({ spans: 10, startUnixMs: Date.now() }))).toBe(200);
    await daemon.eventually(async () => (await daemon.status()).stored?.traces === 10);
    await daemon.stop();
    const count = Effect.gen(function* () {
      const client = yield* QueryClient;
      return yield* client.rows<{ n: string }>('SELECT count() AS n FROM otel_traces');
    });
    expect(await Effect.runPromise(count.pipe(Effect.provide(queryAccess(daemon.env))))).toEqual([{ n: '10' }]);
    const nowhere = await Effect.runPromiseExit(
      count.pipe(Effect.provide(queryAccess({ OBS_HOME: `${daemon.home}/none` }))),
    );
    expect(Exit.isFailure(nowhere) && JSON.stringify(nowhere)).toContain('NotRunning');
    await daemon[Symbol.asyncDispose]();
  });

  test('a port that is taken is named, with the process that has it', async () => {
    await using daemon = await startTestDaemon();
    const taken = Number(new URL(daemon.state.endpoints.otlpHttp).port);
    await expect(startTestDaemon(undefined, { otlpHttpPort: taken })).rejects.toMatchObject({
      _tag: 'PortTaken',
      port: taken,
      flag: '--otlp-http-port',
      pid: process.pid,
    });
  });
});
