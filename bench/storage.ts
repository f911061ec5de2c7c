/**
 * What a segment's insert costs, part by part: `node bench/storage.ts [--json] [--rows 100000] [--dir DIR] [--only WORDS]`.
 * One store a variant, five segments of bench/query/spans.ts (15 + 5 attributes, random ids); CPU of the whole process,
 * the best insert counts. `--only` takes the variants whose name has these words.
 * Merges are stopped while inserts are measured, and then measured alone: five parts become one.
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
import { writeSegmentFile } from '../test/engine/store/segment-files.ts';
import { spanColumns } from './query/spans.ts';

const { values: flags } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '100000' },
    dir: { type: 'string', default: tmpdir() },
    only: { type: 'string', default: '' },
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
  {
    name: 'as shipped but inserts in wide parts',
    alter: ['otel_traces', ...derivedTables.map(({ name }) => name)].map(
      (table) => `ALTER TABLE ${table} MODIFY SETTING min_level_for_wide_part = 0`,
    ),
  },
  {
    name: 'as shipped but horizontal merges',
    alter: ['ALTER TABLE otel_traces MODIFY SETTING enable_vertical_merge_algorithm = 0'],
  },
  ...[3, 6].map((level) => ({
    name: `as shipped but attributes in ZSTD(${level})`,
    alter: [`ALTER TABLE otel_traces MODIFY COLUMN SpanAttributes CODEC(ZSTD(${level}))`],
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
  /** With what the views wrote, as inserted and when merged. */
  readonly bytesPerRow: number;
  readonly mergedBytesPerRow: number;
  readonly mergedRowsPerCpuSecond: number;
}

/** A thousand traces of ten spans a second, from midnight on: all of one day. */
const startUnixMs = new Date().setUTCHours(0, 0, 0, 0);
const traceEveryNs = 1_000_000;
const segments = ['a', 'b', 'c', 'd', 'e'];

function measure(variant: Variant, folder: string): Effect.Effect<Measured, unknown, Store> {
  return Effect.gen(function* () {
    const store = yield* Store;
    yield* migrate;
    yield* store.command('SYSTEM STOP MERGES');
    for (const statement of variant.alter) yield* store.command(statement);
    const path = join(folder, 'segment.native');
    let best = { cpuMs: Infinity, wallMs: Infinity };
    for (const [index, id] of segments.entries()) {
      const values = spanColumns({ startUnixMs, traceEveryNs, first: index * rows, shared: true });
      yield* writeSegmentFile({ table: 'otel_traces', path, rows, values });
      const spent = yield* cost(store.insertSegment({ id, table: 'otel_traces', path }));
      best = { cpuMs: Math.min(best.cpuMs, spent.cpuMs), wallMs: Math.min(best.wallMs, spent.wallMs) };
    }
    const inserted = yield* bytesOnDisk;
    yield* store.command('SYSTEM START MERGES');
    const merge = yield* cost(store.command('OPTIMIZE TABLE otel_traces FINAL'));
    const stored = segments.length * rows;
    return {
      variant: variant.name,
      cpuMs: Math.round(best.cpuMs),
      wallMs: Math.round(best.wallMs),
      rowsPerCpuSecond: Math.round((rows / best.cpuMs) * 1000),
      bytesPerRow: Number((inserted / stored).toFixed(1)),
      mergedBytesPerRow: Number(((yield* bytesOnDisk) / stored).toFixed(1)),
      mergedRowsPerCpuSecond: Math.round((stored / merge.cpuMs) * 1000),
    };
  });
}

const bytesOnDisk = Effect.gen(function* () {
  const store = yield* Store;
  const { body } = yield* store.run({
    sql: "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase() AND table != 'obs_migrations'",
    format: 'TSV',
  });
  return Number(new TextDecoder().decode(body));
});

function cost<E>(effect: Effect.Effect<void, E, Store>): Effect.Effect<{ cpuMs: number; wallMs: number }, E, Store> {
  return Effect.gen(function* () {
    const cpu = process.cpuUsage();
    const start = performance.now();
    yield* effect;
    const { user, system } = process.cpuUsage(cpu);
    return { cpuMs: (user + system) / 1000, wallMs: performance.now() - start };
  });
}

const results: Measured[] = [];
for (const variant of variants.filter(({ name }) => name.includes(flags.only))) {
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
