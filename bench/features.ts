/**
 * What closing windows costs, engine and client in this one process: telemetry of many services is put into a store second
 * by second as senders do, and each window of 10 s is closed 8 s after its end. CPU is that of the process while it closes.
 *
 * `npm run bench:features -- [--services 200] [--operations 5] [--series 5] [--minutes 12] [--json]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Effect, Layer } from 'effect';
import { closeWindows } from '../src/engine/analyze/features/close-windows.ts';
import { readWindows } from '../src/engine/analyze/features/read-windows.ts';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../src/engine/store/http-query-client.ts';
import { migrate } from '../src/engine/store/migrate.ts';
import { ownTablesOfStore } from '../src/engine/store/own-tables.ts';
import { pointsOf, spansOf, type Load } from './features/load.ts';
import { Store } from '../src/engine/store/store.ts';

process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { values: flags } = parseArgs({
  options: {
    services: { type: 'string', default: '200' },
    operations: { type: 'string', default: '5' },
    series: { type: 'string', default: '5' },
    minutes: { type: 'string', default: '12' },
    json: { type: 'boolean', default: false },
  },
});
const load: Load = {
  services: Number(flags.services),
  operations: Number(flags.operations),
  series: Number(flags.series),
};
const minutes = Number(flags.minutes);
/** Warming up: the first windows look back at nothing. */
const warmMinutes = Math.min(6, minutes / 2);
const batchMs = 2000;

interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

const measured = Effect.fnUntraced(function* <A, E, R>(work: Effect.Effect<A, E, R>) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const value = yield* work;
  const used = process.cpuUsage(cpu);
  return { value, cost: { cpuMs: (used.user + used.system) / 1000, wallMs: performance.now() - wall } };
});

const work = Effect.gen(function* () {
  const store = yield* Store;
  const startMs = Math.ceil(Date.now() / 600_000) * 600_000;
  const costs: Record<string, Cost[]> = { '10 s': [], '10 s, 1 min': [], '10 s, 1 min, 10 min': [] };
  const reads: Cost[] = [];
  let rows = 0;
  for (let at = startMs; at < startMs + minutes * 60_000; at += 10_000) {
    for (let from = at; from < at + 10_000; from += batchMs) yield* store.command(spansOf(load, from, batchMs));
    yield* store.command(pointsOf(load, at));
    const { value, cost } = yield* measured(closeWindows(at + 18_000));
    if (at < startMs + warmMinutes * 60_000) continue;
    const longest = Math.max(...value.closed.map(({ seconds }) => seconds));
    costs[longest === 10 ? '10 s' : longest === 60 ? '10 s, 1 min' : '10 s, 1 min, 10 min']?.push(cost);
    const read = yield* measured(readWindows({ seconds: 10, fromMs: at, toMs: at + 10_000 }));
    rows = read.value.length;
    reads.push(read.cost);
  }
  return { costs: { ...costs, 'reading the newest window': reads }, rows };
});

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const path = mkdtempSync(join(tmpdir(), 'obs-bench-features-'));
const engine = Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })));
const client = Layer.unwrap(
  Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
);
try {
  const { costs, rows } = await Effect.runPromise(
    Effect.scoped(work.pipe(Effect.provide(Layer.mergeAll(client, ownTablesOfStore).pipe(Layer.provideMerge(engine))))),
  );
  const lines = Object.entries(costs)
    .filter(([, each]) => each.length > 0)
    .map(([name, each]) => ({
      name,
      times: each.length,
      cpuMs: Math.round(median(each.map(({ cpuMs }) => cpuMs))),
      leastCpuMs: Math.round(Math.min(...each.map(({ cpuMs }) => cpuMs))),
      worstCpuMs: Math.round(Math.max(...each.map(({ cpuMs }) => cpuMs))),
      wallMs: Math.round(median(each.map(({ wallMs }) => wallMs))),
    }));
  if (flags.json) process.stdout.write(`${JSON.stringify({ load, rows, lines })}\n`);
  else {
    process.stdout.write(`${load.services} services, ${rows} rows a window; milliseconds, median (least to worst)\n`);
    for (const { name, times, cpuMs, leastCpuMs, worstCpuMs, wallMs } of lines) {
      process.stdout.write(
        `${name.padEnd(28)}${times} times: ${cpuMs} (${leastCpuMs} to ${worstCpuMs}) of CPU, ${wallMs} of time\n`,
      );
    }
  }
} finally {
  rmSync(path, { recursive: true, force: true });
}
