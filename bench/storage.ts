/**
 * What a segment's insert costs, part by part: `node bench/storage.ts [--json] [--rows 200000] [--dir DIR]`.
 * One store a variant; merges stopped; CPU of the whole process, best of three inserts.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Effect } from 'effect';
import { derivedTables } from '../src/engine/domain/schema/derived.ts';
import { telemetryTables } from '../src/engine/domain/schema/telemetry.ts';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { migrate } from '../src/engine/store/migrate.ts';
import { Store } from '../src/engine/store/store.ts';
import { shopSpans, writeSegmentFile } from '../test/engine/store/segment-files.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '200000' },
    dir: { type: 'string', default: tmpdir() },
  },
});
const rows = Number(flags.rows);

interface Variant {
  readonly name: string;
  /** Statements after the migration. */
  readonly alter: readonly string[];
}

const views = derivedTables.flatMap(({ fedBy }) => fedBy.map(({ view }) => view));
const traceViews = derivedTables.flatMap(({ fedBy }) =>
  fedBy.filter(({ select }) => select.includes('FROM otel_traces')).map(({ view }) => view),
);
const indexes = telemetryTables.otel_traces.indexes.map((index) => index.split(' ')[1] ?? '');
const noViews = views.map((view) => `DROP VIEW ${view}`);
const noIndexes = [`ALTER TABLE otel_traces ${indexes.map((index) => `DROP INDEX ${index}`).join(', ')}`];
const noSync = ['otel_traces', ...derivedTables.map(({ name }) => name)].map(
  (table) => `ALTER TABLE ${table} MODIFY SETTING fsync_after_insert = 0, fsync_part_directory = 0`,
);
const bare = [...noViews, ...noIndexes, ...noSync];

const variants: readonly Variant[] = [
  { name: 'bare table', alter: bare },
  ...indexes.map((index) => ({
    name: `+ ${index}`,
    alter: [
      ...noViews,
      ...noSync,
      `ALTER TABLE otel_traces ${indexes
        .filter((other) => other !== index)
        .map((other) => `DROP INDEX ${other}`)
        .join(', ')}`,
    ],
  })),
  ...traceViews.map((view) => ({
    name: `+ ${view}`,
    alter: bare.filter((statement) => statement !== `DROP VIEW ${view}`),
  })),
  { name: 'indexes, no views, not synced', alter: [...noViews, ...noSync] },
  { name: 'indexes and views, not synced', alter: noSync },
  { name: 'as shipped', alter: [] },
];

interface Measured {
  readonly variant: string;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly rowsPerCpuSecond: number;
  readonly bytesPerRow: number;
}

const text = new TextDecoder();

function measure(variant: Variant, folder: string): Effect.Effect<Measured, unknown, Store> {
  return Effect.gen(function* () {
    const store = yield* Store;
    yield* migrate;
    yield* store.command('SYSTEM STOP MERGES');
    for (const statement of variant.alter) yield* store.command(statement);
    const path = join(folder, 'segment.native');
    yield* writeSegmentFile({ table: 'otel_traces', path, rows, values: shopSpans('now64(9) - INTERVAL 1 HOUR') });
    let best = { cpuMs: Infinity, wallMs: Infinity };
    for (const id of ['a', 'b', 'c']) {
      const cpu = process.cpuUsage();
      const start = performance.now();
      yield* store.insertSegment({ id, table: 'otel_traces', path });
      const wallMs = performance.now() - start;
      const { user, system } = process.cpuUsage(cpu);
      best = { cpuMs: Math.min(best.cpuMs, (user + system) / 1000), wallMs: Math.min(best.wallMs, wallMs) };
    }
    const { body } = yield* store.run({
      sql: "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table != 'obs_migrations'",
      format: 'TSV',
    });
    return {
      variant: variant.name,
      cpuMs: Math.round(best.cpuMs),
      wallMs: Math.round(best.wallMs),
      rowsPerCpuSecond: Math.round((rows / best.cpuMs) * 1000),
      bytesPerRow: Number((Number(text.decode(body)) / (3 * rows)).toFixed(1)),
    };
  });
}

const results: Measured[] = [];
for (const variant of variants) {
  const folder = mkdtempSync(join(flags.dir, 'obs-bench-storage-'));
  try {
    results.push(
      await Effect.runPromise(
        measure(variant, folder).pipe(Effect.provide(embeddedStore({ path: join(folder, 'store') })), Effect.scoped),
      ),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (flags.json) console.log(JSON.stringify({ rows, results }));
else console.table(results);
