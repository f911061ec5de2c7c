import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, test } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts';
import { type ComponentName, findComponent, sourceFolder, titleWith } from './components.ts';
import { run } from './run.ts';

/** Senders that others wrote, against a whole daemon: what they sent is asked for through the query endpoint. */
let daemon: TestDaemon;
beforeAll(async () => {
  daemon = await startTestDaemon();
});
afterAll(() => daemon[Symbol.asyncDispose]());

const count = async (table: string, service: string): Promise<number> => {
  const [row] = await daemon.rows<{ n: number }>(
    `SELECT toUInt32(count()) AS n FROM ${table} WHERE ServiceName = {service:String}`,
    { service },
  );
  return row?.n ?? 0;
};

type Command = readonly [string, ...string[]];

describe('SDKs as they start by default: an endpoint and a service name, nothing else', () => {
  /** How each is run, and the protocol that it speaks unless told otherwise. */
  const sdks: readonly (readonly [ComponentName, 'http/protobuf' | 'grpc', (program: string) => Command])[] = [
    ['sdk-node', 'http/protobuf', (program) => [process.execPath, program]],
    [
      'sdk-python',
      'grpc',
      (program) => {
        const python = join(dirname(program), 'python');
        return [python, program, python, join(sourceFolder, 'sdk-python', 'main.py')];
      },
    ],
    ['sdk-go', 'http/protobuf', (program) => [program]],
    [
      'sdk-java',
      'grpc',
      (program) => {
        const folder = dirname(dirname(program));
        return ['java', '-classpath', `${join(folder, 'classes')}:${join(folder, 'lib', '*')}`, 'PlaceOrder'];
      },
    ],
  ];

  for (const [name, protocol, command] of sdks) {
    const program = findComponent(name);
    test
      .skipIf(program === undefined)
      .concurrent(
        titleWith(name, `${name} (${protocol}): span, log record and counter arrive, joined by their trace`),
        async ({ expect }) => {
          const { otlpGrpc, otlpHttp } = daemon.state.endpoints;
          await run(command(program!), {
            OTEL_SERVICE_NAME: name,
            OTEL_EXPORTER_OTLP_ENDPOINT: protocol === 'grpc' ? otlpGrpc : otlpHttp,
            PYTHONDONTWRITEBYTECODE: '1',
          });
          const ask = (): Promise<readonly unknown[]> =>
            daemon.rows(
              `SELECT SpanName, Body, SeverityText, MetricName, Value,
              spans.ResourceAttributes['telemetry.sdk.language'] AS language
            FROM otel_traces AS spans
            JOIN otel_logs AS logs ON logs.TraceId = spans.TraceId AND logs.SpanId = spans.SpanId
            JOIN otel_metrics_sum AS sums ON sums.ServiceName = spans.ServiceName AND sums.MetricName = 'orders.placed'
            WHERE spans.ServiceName = {service:String}`,
              { service: name },
            );
          await daemon.eventually(async () => (await ask()).length > 0);
          const [joined] = await ask();
          expect(joined).toMatchObject({
            SpanName: 'place order',
            Body: 'stock is low',
            SeverityText: 'WARN',
            MetricName: 'orders.placed',
            Value: 3,
            language: { 'sdk-node': 'nodejs', 'sdk-python': 'python', 'sdk-go': 'go', 'sdk-java': 'java' }[
              name as string
            ],
          });
        },
      );
  }
});

describe(titleWith('telemetrygen', 'telemetrygen'), () => {
  const telemetrygen = findComponent('telemetrygen');
  const signals = [
    // Two spans a trace.
    ['traces', '--traces', 'otel_traces', 200],
    ['logs', '--logs', 'otel_logs', 100],
    ['metrics', '--metrics', 'otel_metrics_sum', 100],
  ] as const;
  for (const [signal, flag, table, rows] of signals) {
    for (const transport of ['grpc', 'http'] as const) {
      test.skipIf(telemetrygen === undefined).concurrent(`${signal} over ${transport}`, async ({ expect }) => {
        const { otlpGrpc, otlpHttp } = daemon.state.endpoints;
        const service = `telemetrygen-${signal}-${transport}`;
        const url = new URL(transport === 'grpc' ? otlpGrpc : otlpHttp);
        const options = ['--otlp-endpoint', url.host, '--otlp-insecure', '--service', service, '--rate', '0'];
        if (transport === 'http') options.push('--otlp-http');
        if (signal === 'metrics') options.push('--metric-type', 'Sum');
        await run([telemetrygen!, signal, flag, '100', ...options]);
        await daemon.eventually(async () => (await count(table, service)) >= rows);
        expect(await count(table, service)).toBe(rows);
      });
    }
  }
});
