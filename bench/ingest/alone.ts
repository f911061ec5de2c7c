import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import type { TelemetryTableName } from '../../src/engine/domain/schema/telemetry.ts';
import type { Signal } from '../../src/engine/domain/signals.ts';
import { makeSignalEncoder } from '../../src/engine/otlp/signal-encoder.ts';
import { frameBlock } from '../../src/engine/spool/frame.ts';
import { embeddedStore } from '../../src/engine/store/embedded-store.ts';
import { migrate } from '../../src/engine/store/migrate.ts';
import { Store } from '../../src/engine/store/store.ts';
import { bodiesOf, loads } from './loads.ts';

/** What each stage reaches when it has the CPU to itself: nothing that is made of them can be faster than their sum. */
export interface Alone {
  readonly signal: Signal;
  readonly decodePerCpuSecond: number;
  /** A segment's insert, rollups and syncs included, merges not. */
  readonly insertPerCpuSecond: number;
  /** One more merge of rows that are in the store, which each row goes through some times in its life. */
  readonly mergePerCpuSecond: number;
  /** Rows as the spool writes them, appended and synced 4 MB at a time: items a second of wall time. */
  readonly syncPerSecond: number;
}

const segments = 5;
const segmentItems = 100_000;

export async function measureAlone(signal: Signal): Promise<Alone> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-bench-alone-'));
  try {
    const decodePerCpuSecond = decodeAlone(signal);
    const files = writeSegments(signal, folder);
    const { insert, merge } = await insertAlone(files, folder);
    const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    const syncPerSecond = Math.round((syncBytesPerSecond(folder) * segments * segmentItems) / bytes);
    return {
      signal,
      decodePerCpuSecond,
      insertPerCpuSecond: Math.round(segmentItems / insert),
      mergePerCpuSecond: Math.round((segments * segmentItems) / merge),
      syncPerSecond,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function decodeAlone(signal: Signal): number {
  const bodies = bodiesOf(signal, 'http-protobuf');
  const encoder = makeSignalEncoder(signal);
  const round = (): void => {
    for (const body of bodies) {
      encoder.append(body, 'protobuf', Date.now());
      if (encoder.rows >= 4000) encoder.giveBack?.(encoder.take());
    }
  };
  for (let warmUp = cpuSeconds() + 1; cpuSeconds() < warmUp;) round();
  const start = cpuSeconds();
  let rounds = 0;
  for (; cpuSeconds() < start + 2; rounds++) round();
  return Math.round((rounds * bodies.length * loads[signal].items) / (cpuSeconds() - start));
}

interface SegmentOnDisk {
  readonly number: number;
  readonly table: TelemetryTableName;
  readonly path: string;
  readonly bytes: number;
}

function writeSegments(signal: Signal, folder: string): readonly SegmentOnDisk[] {
  const bodies = bodiesOf(signal, 'http-protobuf', 64);
  const encoder = makeSignalEncoder(signal);
  const files: SegmentOnDisk[] = [];
  let next = 0;
  for (let number = 0; number < segments; number++) {
    const byTable = new Map<TelemetryTableName, Uint8Array[]>();
    for (let items = 0; items < segmentItems; items += loads[signal].items) {
      encoder.append(bodies[next++ % bodies.length] as Buffer, 'protobuf', Date.now());
      if (encoder.rows < 4000 && items + loads[signal].items < segmentItems) continue;
      for (const block of encoder.take()) {
        byTable.set(block.table, [...(byTable.get(block.table) ?? []), ...frameBlock(block)]);
      }
    }
    for (const [table, parts] of byTable) {
      const path = join(folder, `${number}.${table}`);
      const content = Buffer.concat(parts);
      writeFileSync(path, content);
      files.push({ number, table, path, bytes: content.length });
    }
  }
  return files;
}

/** CPU seconds of the best segment's insert, and of merging all of them into one part a table. */
function insertAlone(files: readonly SegmentOnDisk[], folder: string): Promise<{ insert: number; merge: number }> {
  const measured = Effect.gen(function* () {
    const store = yield* Store;
    yield* migrate;
    const tables = [...new Set(files.map(({ table }) => table))];
    for (const table of tables) {
      yield* store.command(
        `ALTER TABLE ${table} MODIFY SETTING max_bytes_to_merge_at_max_space_in_pool = 1, max_bytes_to_merge_at_min_space_in_pool = 1`,
      );
    }
    let insert = Number.POSITIVE_INFINITY;
    for (let number = 0; number < segments; number++) {
      const start = cpuSeconds();
      for (const file of files.filter((one) => one.number === number)) {
        yield* store.insertSegment({ id: `segment-${number}`, table: file.table, path: file.path });
      }
      insert = Math.min(insert, cpuSeconds() - start);
    }
    const start = cpuSeconds();
    for (const table of tables) yield* store.command(`OPTIMIZE TABLE ${table} FINAL`);
    return { insert, merge: cpuSeconds() - start };
  });
  return Effect.runPromise(
    measured.pipe(Effect.provide(embeddedStore({ path: join(folder, 'store') })), Effect.scoped),
  );
}

function syncBytesPerSecond(folder: string): number {
  const chunk = Buffer.alloc(4 * 1024 * 1024, 'obs');
  const file = openSync(join(folder, 'sync'), 'w');
  const start = performance.now();
  let bytes = 0;
  for (; performance.now() - start < 1000; bytes += chunk.length) {
    writeSync(file, chunk);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - start) / 1000;
  closeSync(file);
  return bytes / seconds;
}
