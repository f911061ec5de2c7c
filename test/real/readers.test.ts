import { createClient } from '@clickhouse/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestDaemon, type TestDaemon } from '../support/daemon-fixture.ts';
import { logsRequestJson, metricsRequestJson, tracesRequestJson } from '../support/otlp-payloads.ts';
import { findComponent, sourceFolder, titleWith } from './components.ts';
import { grafanaAdHocFilter, grafanaStatements } from './statements/grafana.ts';
import { hyperdxStatements } from './statements/hyperdx.ts';
import { run } from './run.ts';

/** Readers that others wrote, against the query endpoint of a whole daemon that holds one service's telemetry. */
let daemon: TestDaemon;
const service = 'checkout';
const startUnixMs = Date.now() - 60_000;

beforeAll(async () => {
  daemon = await startTestDaemon();
  await daemon.send('traces', JSON.stringify(tracesRequestJson({ spans: 200, startUnixMs, errors: 0.2 })));
  await daemon.send('logs', JSON.stringify(logsRequestJson({ records: 2, bodyBytes: 40, startUnixMs })));
  await daemon.send('metrics', JSON.stringify(metricsRequestJson({ points: 8, startUnixMs })));
  for (const table of ['otel_traces', 'otel_logs', 'otel_metrics_histogram']) {
    const rows = `SELECT toUInt32(count()) AS n FROM ${table} WHERE ServiceName = '${service}'`;
    await daemon.eventually(async () => ((await daemon.rows<{ n: number }>(rows))[0]?.n ?? 0) > 0);
  }
});
afterAll(() => daemon[Symbol.asyncDispose]());

/** What the programs under test/real/ print. */
interface Understood {
  readonly spans: number;
  readonly name: string;
  readonly year: number;
  readonly attributes: Readonly<Record<string, string>>;
  readonly events: readonly string[];
  readonly logs: readonly (readonly [string, number])[];
  readonly points: readonly (readonly [string, number])[];
}

/** The same, as obs's own client reads it. */
async function stored(): Promise<Understood> {
  const spans = await daemon.rows<{ SpanName: string; SpanAttributes: Record<string, string>; events: string[] }>(
    `SELECT SpanName, SpanAttributes, Events.Name AS events FROM otel_traces WHERE ServiceName = '${service}' ORDER BY SpanId`,
  );
  const logs = await daemon.rows<{ Body: string; SeverityNumber: number }>(
    `SELECT Body, SeverityNumber FROM otel_logs WHERE ServiceName = '${service}'`,
  );
  const points = await daemon.rows<{ MetricName: string; Value: number }>(
    `SELECT MetricName, Value FROM otel_metrics_gauge WHERE ServiceName = '${service}'`,
  );
  const [first] = spans;
  return {
    spans: spans.length,
    name: first!.SpanName,
    year: new Date(startUnixMs).getUTCFullYear(),
    attributes: first!.SpanAttributes,
    events: first!.events,
    logs: logs.map(({ Body, SeverityNumber }) => [Body, SeverityNumber]),
    points: points.map(({ MetricName, Value }) => [MetricName, Value]),
  };
}

const python = findComponent('clickhouse-connect');
test.skipIf(python === undefined)(titleWith('clickhouse-connect', 'clickhouse-connect reads all signals'), async () => {
  const printed = await run([
    python!,
    `${sourceFolder}/clickhouse-connect/read.py`,
    daemon.state.endpoints.query,
    service,
  ]);
  expect(JSON.parse(printed)).toEqual({ ...(await stored()), tables: ['otel_traces'] });
});

const go = findComponent('clickhouse-go');
test.skipIf(go === undefined)(
  titleWith('clickhouse-go', 'clickhouse-go reads all signals over HTTP, by its own interface and database/sql'),
  async () => {
    const printed = await run([go!, new URL(daemon.state.endpoints.query).host, service]);
    expect(JSON.parse(printed)).toEqual(await stored());
  },
);

test('@clickhouse/client reads all signals, compressed', async () => {
  const client = createClient({ url: daemon.state.endpoints.query, compression: { response: true } });
  const answer = await client.query({
    query: 'SELECT SpanName, SpanAttributes FROM otel_traces WHERE ServiceName = {service:String} ORDER BY SpanId',
    query_params: { service },
    format: 'JSONEachRow',
  });
  const spans = await answer.json<{ SpanName: string; SpanAttributes: Record<string, string> }>();
  const { name, attributes, spans: count } = await stored();
  expect([spans.length, spans[0]]).toEqual([count, { SpanName: name, SpanAttributes: attributes }]);
  await client.close();
});

/** The statements of programs that do not run here, with what they need of the store filled in. */
describe.each([
  ["Grafana's ClickHouse data source", grafanaStatements],
  ["HyperDX's views", hyperdxStatements],
])('%s', (_, statementsFor) => {
  test('every statement is taken, and finds what is there', async () => {
    const [one] = await daemon.rows<{ TraceId: string }>(
      `SELECT TraceId FROM otel_traces WHERE ServiceName = '${service}' AND notEmpty(Events.Name) LIMIT 1`,
    );
    const refused: string[] = [];
    for (const { of, sql, parameters = {}, settings = {}, empty = false } of statementsFor(one!.TraceId, startUnixMs)) {
      const url = new URL(daemon.state.endpoints.query);
      for (const [name, value] of Object.entries(settings)) url.searchParams.set(name, value);
      for (const [name, value] of Object.entries(parameters)) url.searchParams.set(`param_${name}`, value);
      url.searchParams.set('default_format', 'JSONEachRow');
      const answer = await fetch(url, { method: 'POST', body: sql });
      const text = (await answer.text()).trim();
      if (!answer.ok) refused.push(`${of}: ${text}`);
      else if (text === '' && !empty) refused.push(`${of}: no rows`);
    }
    expect(refused).toEqual([]);
  });
});

test("Grafana's ad hoc filters, SQL within a setting, are refused with the reason", async () => {
  const answer = await fetch(daemon.state.endpoints.query, { method: 'POST', body: grafanaAdHocFilter });
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining('the value of the setting additional_table_filters must be a plain literal'),
  ]);
});
