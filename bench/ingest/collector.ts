import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Signal, signals } from '../../src/engine/domain/signals.ts';
import { cpuSecondsOf } from '../support/process-usage.ts';
import { bodiesOf, loads } from './loads.ts';
import { makeSender, sendFor } from './senders.ts';
import type { RunOptions } from './throughput.ts';

/** Items per CPU-second of a Collector that receives, batches and forgets: otlp → memory_limiter → batch → nop. */
export async function measureCollector(
  binary: string,
  wanted: readonly Signal[],
  options: RunOptions,
): Promise<ReadonlyMap<Signal, number>> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-bench-collector-'));
  const [http, grpc] = [await freePort(), await freePort()];
  const config = join(folder, 'collector.yaml');
  writeFileSync(config, configuration(http, grpc));
  const collector = spawn(binary, ['--config', config], { stdio: 'ignore' });
  const endpoints = { otlpHttp: `http://127.0.0.1:${http}`, otlpGrpc: `http://127.0.0.1:${grpc}` };
  try {
    await listening(endpoints.otlpHttp);
    const pid = collector.pid ?? 0;
    const rates = new Map<Signal, number>();
    for (const signal of wanted) {
      const bodies = bodiesOf(signal, 'http-protobuf');
      const senders = Array.from({ length: options.connections }, () => makeSender(endpoints, signal, 'http-protobuf'));
      await sendFor(1, senders, bodies);
      const before = cpuSecondsOf(pid);
      const { taken } = await sendFor(options.seconds, senders, bodies);
      rates.set(signal, Math.round((taken * loads[signal].items) / (cpuSecondsOf(pid) - before)));
      for (const sender of senders) sender.close();
    }
    return rates;
  } finally {
    collector.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

function configuration(http: number, grpc: number): string {
  const pipelines = signals.map(
    (signal) => `    ${signal}: {receivers: [otlp], processors: [memory_limiter, batch], exporters: [nop]}\n`,
  );
  return `receivers:
  otlp: {protocols: {grpc: {endpoint: '127.0.0.1:${grpc}'}, http: {endpoint: '127.0.0.1:${http}'}}}
processors:
  memory_limiter: {check_interval: 1s, limit_mib: 2000}
  batch: {}
exporters:
  nop: {}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
${pipelines.join('')}`;
}

async function listening(url: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('the Collector did not start within ten seconds');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
