import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { attemptOf, type FailedAttempt } from './failed-attempts.ts';
import type { Route } from './routes.ts';

export interface CollectorOptions {
  /** Path of a Collector with the otlp and otlphttp exporters and file_storage. */
  readonly binary: string;
  readonly folder: string;
  readonly routes: readonly Route[];
  /** Where obs listens. */
  readonly grpcPort: number;
  readonly httpPort: number;
}

export interface RunningCollector {
  /** Attempts to export that failed, in the order in which the Collector reported them. */
  readonly failed: readonly FailedAttempt[];
  /** Batches that it gave up, as it says itself. */
  readonly dropped: readonly string[];
  /** Sends what waits in its queues as far as it gets through, then ends. */
  stop(): Promise<void>;
}

/** Starts a Collector that has a receiver, an exporter and a pipeline for each signal of each route. */
export async function startCollector(options: CollectorOptions): Promise<RunningCollector> {
  const path = join(options.folder, 'collector.json');
  writeFileSync(path, JSON.stringify(configuration(options), null, 2));
  const child = spawn(options.binary, ['--config', path], { stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(child, 'exit');
  const failed: FailedAttempt[] = [];
  const dropped: string[] = [];
  const ready = Promise.withResolvers<void>();
  const output: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('Everything is ready')) ready.resolve();
    if (output.length < 50) output.push(line);
    const attempt = attemptOf(line);
    if (attempt !== undefined) failed.push(attempt);
    if (/dropp?ing data|"dropped_items"/i.test(line)) dropped.push(line);
  });
  void exited.then(() => ready.reject(new Error(`the Collector ended:\n${output.join('\n')}`)));
  await ready.promise;
  return {
    failed,
    dropped,
    stop: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function configuration({ folder, routes, grpcPort, httpPort }: CollectorOptions): object {
  const each = <T>(make: (route: Route) => readonly (readonly [string, T])[]): Record<string, T> =>
    Object.fromEntries(routes.flatMap(make));
  const exporter = ({ name, protocol }: Route): string => `${protocol === 'grpc' ? 'otlp' : 'otlphttp'}/${name}`;
  return {
    extensions: { file_storage: { directory: folder } },
    receivers: each(({ name, port }) => [[`otlp/${name}`, { protocols: { http: { endpoint: `127.0.0.1:${port}` } } }]]),
    exporters: each((route) => [
      [
        exporter(route),
        {
          endpoint: route.protocol === 'grpc' ? `127.0.0.1:${grpcPort}` : `http://127.0.0.1:${httpPort}`,
          tls: { insecure: true },
          compression: route.compression,
          retry_on_failure: { enabled: true, initial_interval: '200ms', max_interval: '2s', max_elapsed_time: 0 },
          sending_queue: { enabled: true, queue_size: 100_000, ...(route.onDisk ? { storage: 'file_storage' } : {}) },
        },
      ],
    ]),
    service: {
      extensions: ['file_storage'],
      telemetry: { metrics: { level: 'none' }, logs: { encoding: 'json', sampling: { enabled: false } } },
      pipelines: each((route) =>
        ['traces', 'logs', 'metrics'].map(
          (signal) =>
            [`${signal}/${route.name}`, { receivers: [`otlp/${route.name}`], exporters: [exporter(route)] }] as const,
        ),
      ),
    },
  };
}
