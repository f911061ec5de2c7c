/**
 * What a look for deployments in telemetry costs, which the analyzer repeats each minute: engine and client in this one
 * process, spans of a week (each instance a little in each hour, most of them in the last hour). CPU is that of the process.
 *
 * `npm run bench:changes -- [--millions 5] [--services 50] [--instances 20] [--json]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer } from 'effect';
import { findDeployments } from '../src/engine/analyze/changes/find-deployments.ts';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../src/engine/store/http-query-client.ts';
import { migrate } from '../src/engine/store/migrate.ts';
import { ownTablesOfStore } from '../src/engine/store/own-tables.ts';
import { QueryClient } from '../src/engine/store/query-client.ts';
import { Store } from '../src/engine/store/store.ts';
import { count, readFlags } from './support/flags.ts';
import { printTable, summary } from './support/report.ts';

process.env['UV_THREADPOOL_SIZE'] ??= '16';

const flags = readFlags({ millions: count(5), services: count(50), instances: count(20) });
const instances = flags.services * flags.instances;
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const weekHours = 167;
const perHour = 3;
const runs = 7;
const portion = 1_000_000;

/** All instances in turn; those of every second service have run version 2 for three days. */
const insert = (rows: number, fromMs: number, toMs: number, version: string): string => `
INSERT INTO otel_traces (Timestamp, TraceId, SpanId, SpanName, SpanKind, ServiceName, ResourceAttributes, Duration)
SELECT fromUnixTimestamp64Nano(toInt64(${fromMs}) * 1000000 + intDiv(toInt64(number) * ${Math.round(toMs - fromMs)} * 1000, ${rows}) * 1000),
  lower(hex(sipHash128(number))), lower(hex(sipHash64(number))), 'GET /items', 'Server', concat('service-', toString(intDiv(number % ${instances}, ${flags.instances}))),
  map('service.version', ${version}, 'host.name', concat('host-', toString(number % 50)),
    'service.instance.id', toString(number % ${instances}), 'deployment.environment.name', 'production', 'deployment.id', ${version}),
  1000000 + number % 5000000
FROM numbers(${rows})`;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly found: number;
}

const look = Effect.fnUntraced(function* (fromMs: number, toMs: number) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const found = yield* findDeployments(fromMs, toMs);
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - wall, found: found.length } satisfies Cost;
});

const bench = Effect.gen(function* () {
  const store = yield* Store;
  const nowMs = Math.floor(Date.now() / minuteMs) * minuteMs;
  const [lastHour, week] = [nowMs - hourMs, nowMs - (weekHours + 1) * hourMs];
  const version = `if(intDiv(number % ${instances}, ${flags.instances}) % 2 = 1 AND number >= ${instances * perHour * 95}, '2', '1')`;
  yield* store.command(insert(instances * perHour * weekHours, week, lastHour, version));
  const isNew = `if(intDiv(number % ${instances}, ${flags.instances}) % 2 = 1, '2', '1')`;
  const last = flags.millions * 1e6;
  for (let from = 0; from < last; from += portion) {
    const [rows, step] = [Math.min(portion, last - from), hourMs / last];
    yield* store.command(insert(rows, lastHour + from * step, lastHour + (from + rows) * step, isNew));
  }
  const catchUp = yield* look(nowMs - 24 * hourMs, nowMs);
  const quiet: Cost[] = [];
  for (let run = 0; run < runs; run++) quiet.push(yield* look(nowMs - 21 * minuteMs, nowMs));
  // One service in ten has version 3 since two minutes.
  const rolled = `if(intDiv(number % ${instances}, ${flags.instances}) % 10 = 0, '3', ${isNew})`;
  yield* store.command(insert(portion / 10, nowMs, nowMs + 2 * minuteMs, rolled));
  const first = yield* look(nowMs - 19 * minuteMs, nowMs + 2 * minuteMs);
  const rolling: Cost[] = [];
  for (let run = 0; run < runs; run++) rolling.push(yield* look(nowMs - 19 * minuteMs, nowMs + 2 * minuteMs));
  const client = yield* QueryClient;
  const [size] = yield* client.rows<{ rows: string }>('SELECT count() AS rows FROM obs_service_instances');
  return { rows: Number(size?.rows), catchUp: [catchUp], quiet, first: [first], rolling };
});

const path = mkdtempSync(join(tmpdir(), 'obs-bench-changes-'));
const store = Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })));
const client = Layer.unwrap(
  Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
);
const { rows, ...looks } = await Effect.runPromise(
  bench.pipe(Effect.provide(Layer.mergeAll(client, ownTablesOfStore).pipe(Layer.provideMerge(store)))),
).finally(() => rmSync(path, { recursive: true, force: true }));
const names = {
  catchUp: 'the first look, over a day',
  quiet: 'nothing new',
  first: 'new versions are found',
  rolling: 'they roll on',
} as const;
const costs = Object.entries(names).map(([key, name]) => {
  const own = looks[key as keyof typeof names];
  return {
    name,
    cpuMs: summary(own.map(({ cpuMs }) => cpuMs)),
    wallMs: summary(own.map(({ wallMs }) => wallMs)),
    found: own[0]?.found ?? 0,
  };
});
if (flags.json) console.log(JSON.stringify({ instances, rows, costs }));
else {
  console.log(`${flags.millions} million spans in the last hour, ${instances} instances, ${rows} rows of instances`);
  printTable(
    ['look', 'CPU median ms', 'CPU max ms', 'wall median ms', 'found'],
    costs.map(({ name, cpuMs, wallMs, found }) => [
      name,
      cpuMs.median.toFixed(0),
      cpuMs.max.toFixed(0),
      wallMs.median.toFixed(0),
      String(found),
    ]),
  );
}
