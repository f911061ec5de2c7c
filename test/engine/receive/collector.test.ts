import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, describe, expect, test } from 'vitest';
import { MalformedPayload, Overloaded } from '../../../src/engine/domain/errors.ts';
import { findComponent, titleWith } from '../../real/components.ts';
import { logsRequest, metricsRequest, tracesRequest } from '../../support/otlp-payloads.ts';
import { requestTypes } from '../../support/otlp-proto.ts';
import { post, protobufType } from './support/clients.ts';
import { allAccepted, type Receivers, startReceivers, type StartOptions } from './support/receivers.ts';

/** A real OpenTelemetry Collector with the otlp and otlphttp exporters, in front of the receivers. */
const binary = process.env['OBS_REAL_COLLECTOR'] ?? findComponent('collector') ?? '';
const title = existsSync(binary) ? 'a Collector' : titleWith('collector', 'a Collector');

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });

interface Collector {
  readonly url: string;
  readonly stop: () => Promise<void>;
}

/** Starts one that takes OTLP/HTTP and forwards everything with the given exporter. */
async function startCollector(exporter: string, settings: object): Promise<Collector> {
  const folder = await mkdtemp(join(tmpdir(), 'obs-collector-'));
  const port = await freePort();
  const retry = { enabled: true, initial_interval: '50ms', max_interval: '100ms' };
  const pipeline = { receivers: ['otlp'], exporters: [exporter] };
  const config = {
    receivers: { otlp: { protocols: { http: { endpoint: `127.0.0.1:${port}` } } } },
    exporters: { [exporter]: { tls: { insecure: true }, retry_on_failure: retry, ...settings } },
    service: {
      telemetry: { metrics: { level: 'none' } },
      pipelines: { traces: pipeline, logs: pipeline, metrics: pipeline },
    },
  };
  const path = join(folder, 'config.yaml');
  await writeFile(path, JSON.stringify(config));
  const child: ChildProcess = spawn(binary, ['--config', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let log = '';
  await new Promise<void>((resolve, reject) => {
    child.stderr!.on('data', (text: Buffer) => {
      log += text.toString();
      if (log.includes('Everything is ready')) resolve();
    });
    child.once('exit', () => reject(new Error(log)));
  });
  return {
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill();
      await exited;
      await rm(folder, { recursive: true });
    },
  };
}

/** The message as text. A Collector writes anew what it read, with empty messages that were not there before. */
function plain(signal: keyof typeof requestTypes, bytes: Uint8Array): string {
  const type = requestTypes[signal];
  const isEmpty = (value: unknown): boolean =>
    typeof value === 'object' && value !== null && Object.keys(value).length === 0;
  return JSON.stringify(type.toObject(type.decode(bytes), { longs: String, bytes: String }), (_, value: unknown) =>
    isEmpty(value) ? undefined : value,
  );
}

describe.skipIf(!existsSync(binary))(title, () => {
  let receivers: Receivers;
  let collector: Collector;
  const start = async (exporter: 'otlp' | 'otlphttp', settings: object, options?: StartOptions): Promise<void> => {
    receivers = await startReceivers(options);
    const endpoint = exporter === 'otlp' ? receivers.grpc.url.replace('http://', '') : receivers.http.url;
    collector = await startCollector(exporter, { endpoint, ...settings });
  };
  afterEach(async () => {
    await collector.stop();
    await receivers.stop();
  });

  test.each([
    ['otlp', 'none'],
    ['otlp', 'gzip'],
    ['otlp', 'zstd'],
    ['otlphttp', 'gzip'],
    ['otlphttp', 'zstd'],
  ] as const)('forwards all signals by %s with compression %s', async (exporter, compression) => {
    await start(exporter, { compression });
    const bodies = { traces: tracesRequest(), logs: logsRequest(), metrics: metricsRequest() };
    for (const [signal, body] of Object.entries(bodies)) {
      expect((await post(`${collector.url}/v1/${signal}`, body, protobufType)).status).toBe(200);
    }
    await expect.poll(() => receivers.received.length, { timeout: 10_000 }).toBe(3);
    for (const { signal, payload } of receivers.received) {
      expect(plain(signal, payload)).toBe(plain(signal, bodies[signal]));
    }
    const { wireBytes, bytes } =
      receivers.intake.counters.snapshot()[exporter === 'otlp' ? 'grpc' : 'http'].signals.traces;
    if (compression === 'none') expect(wireBytes).toBe(bytes);
    else expect(wireBytes).toBeLessThan(bytes / 3);
  });

  test.each(['otlp', 'otlphttp'] as const)(
    'comes again by %s after an overload, and drops what is malformed',
    async (exporter) => {
      let calls = 0;
      const busy = new Overloaded({ reason: 'spool-full', retryAfterMs: 100 });
      await start(
        exporter,
        { sending_queue: { enabled: true, num_consumers: 1 } },
        {
          append: ({ signal }) => {
            calls += 1;
            if (signal === 'logs') return Effect.fail(new MalformedPayload({ signal, reason: 'byte 1' }));
            return calls <= 2 ? Effect.fail(busy) : Effect.succeed(allAccepted);
          },
        },
      );
      await post(`${collector.url}/v1/traces`, tracesRequest({ spans: 3 }), protobufType);
      await expect.poll(() => receivers.received.length, { timeout: 10_000 }).toBe(3);
      await post(`${collector.url}/v1/logs`, logsRequest({ records: 3 }), protobufType);
      await post(`${collector.url}/v1/metrics`, metricsRequest({ points: 3 }), protobufType);
      await expect.poll(() => receivers.received.map(({ signal }) => signal), { timeout: 10_000 }).toContain('metrics');
      expect(receivers.received.map(({ signal }) => signal).toSorted()).toEqual([
        'logs',
        'metrics',
        'traces',
        'traces',
        'traces',
      ]);
      const { refused } = receivers.intake.counters.snapshot()[exporter === 'otlp' ? 'grpc' : 'http'];
      expect(refused).toEqual({ overloaded: 2, malformed: 1 });
    },
  );
});
