/**
 * What mining patterns costs, engine and client in this one process: minutes of log lines and traces of many services are
 * put into a store, and each is mined. Then what changed, and what began together, is asked beside a day of counts.
 *
 * `npm run bench:patterns -- [--lines 10000] [--traces 2000] [--services 200] [--minutes 5] [--patterns 50] [--json]`
 * `--lines` a second, `--traces` a minute of 10 spans; `--patterns` a service in the day of counts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Effect, Layer } from 'effect';
import { patternChanges } from '../src/engine/analyze/meeting/changes/pattern-changes.ts';
import { createPatterns } from '../src/engine/analyze/meeting/patterns.ts';
import { whatStartedTogether } from '../src/engine/analyze/meeting/together/what-started-together.ts';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { startQueryEndpoint } from '../src/engine/store/endpoint/query-endpoint.ts';
import { httpQueryClient } from '../src/engine/store/http-query-client.ts';
import { migrate } from '../src/engine/store/migrate.ts';
import { ownTablesOfStore } from '../src/engine/store/own-tables.ts';
import { Store } from '../src/engine/store/store.ts';

process.env['UV_THREADPOOL_SIZE'] ??= '16';

const { values: flags } = parseArgs({
  options: {
    lines: { type: 'string', default: '10000' },
    traces: { type: 'string', default: '2000' },
    services: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '5' },
    patterns: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});
const [lines, traces, services, minutes, patterns] = [
  flags.lines,
  flags.traces,
  flags.services,
  flags.minutes,
  flags.patterns,
].map(Number) as [number, number, number, number, number];
const minuteMs = 60_000;
const startMs = Math.floor(Date.now() / minuteMs) * minuteMs - 3600_000;

/** Twelve statements a service, with numbers, UUIDs, addresses and names, a third of them as JSON. */
const logsOf = (fromMs: number): string => `INSERT INTO otel_logs (Timestamp, ServiceName, SeverityNumber, Body)
SELECT fromUnixTimestamp64Milli(${fromMs} + intDiv(number * 60000, ${60 * lines})), concat('service-', toString(number % ${services})),
  if(number % 97 = 0, 17, 9), if(statement % 3 = 0, concat('{"level":"info","ts":', toString(number), ',"message":"', text, '"}'), text)
FROM (
  SELECT number, cityHash64(number, ${fromMs}) % 12 AS statement, cityHash64(number, 7) AS r, multiIf(
    statement < 3, concat('GET /api/items/', toString(r % 100000), ' answered 200 in ', toString(r % 900), ' ms'),
    statement < 5, concat('order ', toString(generateUUIDv4(number)), ' accepted for customer ', toString(r % 5000)),
    statement < 7, concat('connection from 10.', toString(r % 250), '.', toString(r % 199), '.7:', toString(r % 60000), ' closed after ', toString(r % 3600), ' s'),
    statement < 9, concat('cache miss for key user:', toString(r % 1000000), ', asking the database'),
    statement < 11, concat('retrying call number ', toString(r % 5), ' to ', ['payment', 'stock', 'mail', 'search'][r % 4 + 1]),
    concat('user ', ['anna', 'bob', 'cleo', 'dan', 'eve', 'finn', 'gus', 'hal', 'ida', 'jo'][r % 10 + 1], ' logged in from ', toString(r % 255), '.1.1.1')
  ) AS text
  FROM numbers(${60 * lines})
)`;

/** Ten spans each: an operation of a service, calls of others, and a loop of one to four queries. */
const spansOf = (
  fromMs: number,
): string => `INSERT INTO otel_traces (Timestamp, TraceId, SpanId, ParentSpanId, ServiceName, SpanName, SpanKind, Duration, StatusCode, SpanAttributes)
SELECT fromUnixTimestamp64Milli(${fromMs} + intDiv(trace * 60000, ${traces}) + span), lower(hex(MD5(concat(toString(trace), '-${fromMs}')))), concat('s', toString(span)),
  if(span = 0, '', concat('s', toString(if(span < 6, span - 1, 3)))), concat('service-', toString((trace + intDiv(least(span, 6), 2)) % ${services})),
  multiIf(span = 0, concat('POST /api/', toString(trace % 5)), span < 6, concat('step-', toString(span)), concat('SELECT ', toString(trace % 4 > span - 6))),
  if(span % 2 = 0, 'Server', 'Client'), 1000000 * (200 - 15 * span + trace % 17), if(trace % 50 = 0 AND span = 5, 'Error', 'Unset'), map('db.row', toString(trace))
FROM (SELECT intDiv(number, 10) AS trace, number % 10 AS span FROM numbers(${10 * traces}))`;

/** A day of counts before, as if it had been mined. */
const dayOfCounts = [
  `INSERT INTO obs_patterns (Id, Signal, ServiceName, Text, FirstSeen, LastSeen, Version)
SELECT lower(hex(cityHash64(number))), 'logs', concat('service-', toString(number % ${services})), concat('statement ', toString(number), ' of many <*>'),
  fromUnixTimestamp64Milli(${startMs - 86_400_000}), fromUnixTimestamp64Milli(${startMs}), 1 FROM numbers(${services * patterns})`,
  ...Array.from(
    { length: 24 },
    (_, hour) => `INSERT INTO obs_pattern_counts (Time, Signal, ServiceName, Id, Count, Version)
SELECT toDateTime(${startMs / 1000 - 86_400 + hour * 3600} + 60 * intDiv(number, ${services * patterns})), 'logs', concat('service-', toString(number % ${services * patterns} % ${services})),
  lower(hex(cityHash64(number % ${services * patterns}))), 20 + cityHash64(number, ${hour}) % 9, 1 FROM numbers(${60 * services * patterns})`,
  ),
];

const measured = Effect.fnUntraced(function* <A, E, R>(work: Effect.Effect<A, E, R>) {
  const [cpu, wall] = [process.cpuUsage(), performance.now()];
  const value = yield* work;
  const used = process.cpuUsage(cpu);
  return { value, cpuMs: (used.user + used.system) / 1000, wallMs: performance.now() - wall };
});

const work = Effect.gen(function* () {
  const store = yield* Store;
  const mining: { readonly cpuMs: number; readonly wallMs: number }[] = [];
  let report = '';
  const miner = createPatterns(null);
  for (let at = 0; at < minutes; at++) {
    const fromMs = startMs + at * minuteMs;
    yield* store.command(logsOf(fromMs));
    yield* store.command(spansOf(fromMs));
    yield* store.command('SYSTEM STOP MERGES');
    const { value, cpuMs, wallMs } = yield* measured(miner.mine(fromMs + minuteMs + 30_000));
    yield* store.command('SYSTEM START MERGES');
    const { fresh, sampledServices, ...rest } = value;
    report = JSON.stringify({ ...rest, fresh: fresh.length, sampledServices: sampledServices.length });
    // The first minute meets every statement for the first time.
    if (at > 0) mining.push({ cpuMs, wallMs });
  }
  const state = yield* measured(Effect.sync(() => miner.state().length));
  for (const statement of dayOfCounts) yield* store.command(statement);
  const range = { fromMs: startMs, toMs: startMs + minutes * minuteMs };
  const changes = yield* measured(patternChanges(range));
  const together = yield* measured(whatStartedTogether(range));
  return {
    mining,
    report,
    state: { characters: state.value, cpuMs: state.cpuMs },
    changes: { found: changes.value.length, cpuMs: changes.cpuMs, wallMs: changes.wallMs },
    together: { found: together.value.length, cpuMs: together.cpuMs, wallMs: together.wallMs },
    rssBytes: process.memoryUsage.rss(),
  };
});

const path = mkdtempSync(join(tmpdir(), 'obs-bench-patterns-'));
const engine = Layer.effectDiscard(migrate).pipe(Layer.provideMerge(embeddedStore({ path })));
const client = Layer.unwrap(
  Effect.map(startQueryEndpoint({ host: '127.0.0.1', port: 0 }), ({ url }) => httpQueryClient({ endpoint: url })),
);
const layer = Layer.mergeAll(client, ownTablesOfStore).pipe(Layer.provideMerge(engine), Layer.orDie);
try {
  const { mining, report, state, changes, together, rssBytes } = await Effect.runPromise(
    Effect.scoped(Effect.provide(work, layer)),
  );
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const minute = {
    cpuMs: median(mining.map(({ cpuMs }) => cpuMs)),
    wallMs: median(mining.map(({ wallMs }) => wallMs)),
  };
  if (flags.json) console.log(JSON.stringify({ minute, state, changes, together, rssBytes, last: JSON.parse(report) }));
  else {
    console.log(
      `a minute of ${60 * lines} lines and ${traces} traces, ${services} services: ${minute.cpuMs.toFixed(0)} ms CPU, ${minute.wallMs.toFixed(0)} ms`,
    );
    console.log(`that is ${(minute.cpuMs / 600).toFixed(2)} % of a core; last: ${report}`);
    console.log(`state: ${(state.characters / 1024).toFixed(0)} KiB, ${state.cpuMs.toFixed(0)} ms CPU`);
    console.log(
      `changes beside a day of ${services * patterns} patterns: ${changes.cpuMs.toFixed(0)} ms CPU, ${changes.wallMs.toFixed(0)} ms, ${changes.found} found`,
    );
    console.log(
      `what began together: ${together.cpuMs.toFixed(0)} ms CPU, ${together.wallMs.toFixed(0)} ms, ${together.found} meetings`,
    );
    console.log(`memory at the end, engine and all: ${(rssBytes / 1048576).toFixed(0)} MiB`);
  }
} finally {
  rmSync(path, { recursive: true, force: true });
}
