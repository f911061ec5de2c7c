import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import type { EngineUnavailable, ObsError, QueryFailed } from '../../src/engine/domain/errors.ts';
import { embeddedStore } from '../../src/engine/store/embedded-store.ts';
import { migrate } from '../../src/engine/store/migrate.ts';
import { readRows } from '../../src/engine/store/read-rows.ts';
import { Store } from '../../src/engine/store/store.ts';
import { writeSegmentFile } from '../../test/engine/store/segment-files.ts';
import { spanColumns, spansPerTrace } from './spans.ts';

export interface Batch {
  /** Numbers of the first span, and of the one behind the last. */
  readonly from: number;
  readonly to: number;
  /** The time over which its traces are spread evenly, Unix milliseconds. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly services?: number;
}

const segmentRows = 100_000;

/** Puts a batch into the store at `path`, segment by segment as the loader does, and waits until the merges rest. */
export function fill(path: string, batch: Batch, tell: (line: string) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'obs-bench-fill-'));
  return Effect.runPromise(
    fillStore(folder, batch, tell).pipe(
      Effect.provide(embeddedStore({ path })),
      Effect.scoped,
      Effect.ensuring(Effect.sync(() => rmSync(folder, { recursive: true, force: true }))),
    ),
  );
}

const fillStore = Effect.fnUntraced(function* (
  folder: string,
  batch: Batch,
  tell: (line: string) => void,
): Effect.fn.Return<void, ObsError, Store> {
  const store = yield* Store;
  yield* migrate;
  const traceEveryNs = Math.floor(((batch.toMs - batch.fromMs) * 1e6 * spansPerTrace) / (batch.to - batch.from));
  const startUnixMs = Math.floor(batch.fromMs - ((batch.from / spansPerTrace) * traceEveryNs) / 1e6);
  const started = performance.now();
  for (let first = batch.from; first < batch.to; first += segmentRows) {
    const rows = Math.min(segmentRows, batch.to - first);
    const path = join(folder, `${first}.native`);
    const values = spanColumns({
      startUnixMs,
      traceEveryNs,
      first,
      shared: true,
      ...(batch.services === undefined ? {} : { services: batch.services }),
    });
    yield* writeSegmentFile({ table: 'otel_traces', path, rows, values });
    yield* store.insertSegment({ id: `fill-${first}-${rows}`, table: 'otel_traces', path });
    rmSync(path);
    if ((first / segmentRows) % 50 === 49)
      tell(`${first + rows} spans, ${Math.round((performance.now() - started) / 1000)} s`);
  }
  yield* mergesRest;
  tell(`${batch.to} spans stored and merged after ${Math.round((performance.now() - started) / 1000)} s`);
});

/** Three looks in a row, a second apart, at which nothing is merged. */
const mergesRest: Effect.Effect<void, QueryFailed | EngineUnavailable, Store> = Effect.gen(function* () {
  for (let calm = 0; calm < 3;) {
    yield* Effect.sleep('1 second');
    const [row] = yield* readRows<{ merges: number }>('SELECT toUInt32(count()) AS merges FROM system.merges');
    calm = row?.merges === 0 ? calm + 1 : 0;
  }
});
