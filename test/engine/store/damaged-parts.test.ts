import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { adviseOnDamage, describeDamagedPart } from '../../../src/engine/daemon/describe-damage.ts';
import { findDamagedParts, removeExpired } from '../../../src/engine/store/embedded/damaged-parts.ts';
import {
  copyDefinitions,
  findDamagedDefinitions,
  mendDefinitions,
} from '../../../src/engine/store/embedded/definitions.ts';
import { keepFailures, makeBrokenPartSearch } from '../../../src/engine/store/embedded/detach-broken.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { shopSpans, writeSegmentFile } from './segment-files.ts';

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'obs-damage-'));
  path = join(folder, 'store');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const opened = <A, E>(work: Effect.Effect<A, E, Store>): Promise<A> =>
  Effect.runPromise(work.pipe(Effect.provide(embeddedStore({ path }))));

const count = Effect.gen(function* () {
  const { body } = yield* (yield* Store).run({
    sql: 'SELECT sum(length(toString(tuple(*))) > 0), (SELECT sum(Calls) FROM obs_red_1m) FROM otel_traces',
    format: 'TSV',
  });
  return new TextDecoder().decode(body).trim();
});

const segment = { id: '000000000000001-00000001', table: 'otel_traces', path: '' } as const;
const insert = Effect.gen(function* () {
  yield* (yield* Store).insertSegment({ ...segment, path: join(folder, 'segment.native') });
});

/** A store with one segment of 500 spans in it; the part that they are. */
const filled = Effect.gen(function* () {
  yield* migrate;
  const values = shopSpans("toDateTime64('2026-01-31 12:00:00', 9)");
  yield* writeSegmentFile({ table: 'otel_traces', path: join(folder, 'segment.native'), rows: 500, values });
  yield* (yield* Store).command('SYSTEM STOP MERGES').pipe(Effect.ignore);
  yield* (yield* Store).command('SYSTEM STOP TTL MERGES').pipe(Effect.ignore);
  yield* insert;
  return join(path, 'data', 'default', 'otel_traces', '20260131_1_1_0');
});

test('a part whose metadata are zeros is out of the table, known by name and rows; its segment, still in the spool, brings the rows back once', async () => {
  const part = await opened(filled);
  const columns = join(part, 'columns.txt');
  writeFileSync(columns, Buffer.alloc(readFileSync(columns).length));

  // Found when the store opens, and then the segment that was not deleted yet is loaded again.
  expect(await opened(Effect.andThen(insert, count))).toBe('500\t500');

  const [damaged, ...others] = findDamagedParts(path);
  expect(others).toEqual([]);
  expect(damaged).toMatchObject({ table: 'otel_traces', part: '20260131_1_1_0', day: '2026-01-31', rows: 500 });
  expect(describeDamagedPart(damaged!)).toContain(
    'part 20260131_1_1_0 of otel_traces is damaged: 500 rows of 2026-01-31',
  );
  expect(adviseOnDamage([damaged!])).toContain(
    'obs replay --since 2026-01-31T00:00:00Z --until 2026-02-01T00:00:00Z --signal traces',
  );
  expect(removeExpired([damaged!], '2026-01-31')).toEqual([]);
  expect(removeExpired([damaged!], '2026-02-01')).toHaveLength(1);
  expect(findDamagedParts(path)).toEqual([]);
});

test('a part that rots while the engine runs is detached once a statement stumbles over it, and no sound one is', async () => {
  await opened(
    Effect.gen(function* () {
      const part = yield* filled;
      const { store, takeFailures } = keepFailures(yield* Store);
      const search = makeBrokenPartSearch(takeFailures).pipe(Effect.provideService(Store, store));
      const read = count.pipe(Effect.provideService(Store, store));
      expect(yield* read).toBe('500\t500');
      expect(yield* search).toEqual([]);
      const data = readFileSync(join(part, 'data.bin'));
      data[data.length >> 1] = (data[data.length >> 1] ?? 0) ^ 0xff;
      writeFileSync(join(part, 'data.bin'), data);
      yield* Effect.flip(read);
      expect(yield* search).toMatchObject([{ table: 'otel_traces', part: '20260131_1_1_0' }]);
      expect(yield* search).toEqual([]);
      expect(yield* read).toBe('0\t500');
    }),
  );
  expect(findDamagedParts(path)).toMatchObject([{ part: '20260131_1_1_0', rows: 500 }]);
});

test('a definition that is zeros, empty or gone is put back from its copy; without a copy the store says which one it is', async () => {
  await opened(filled);
  copyDefinitions(path);
  const definition = join(path, 'metadata', 'default', 'otel_traces.sql');
  const text = readFileSync(definition, 'utf8');
  writeFileSync(definition, Buffer.alloc(text.length));
  writeFileSync(join(path, 'metadata', 'default', 'obs_red_1m_mv.sql'), '');
  rmSync(join(path, 'metadata', 'default', 'obs_red_1m.sql'));
  writeFileSync(join(path, 'data', 'default', 'otel_logs', 'format_version.txt'), '\0');
  expect(mendDefinitions(path).toSorted()).toEqual([
    'obs_red_1m.sql',
    'obs_red_1m_mv.sql',
    'otel_logs/format_version.txt',
    'otel_traces.sql',
  ]);
  expect(readFileSync(definition, 'utf8')).toBe(text);
  expect(await opened(count)).toBe('500\t500');

  rmSync(join(path, 'definitions'), { recursive: true });
  writeFileSync(definition, '');
  expect(findDamagedDefinitions(path)).toMatchObject([{ name: 'otel_traces.sql', content: null }]);
  expect(() => mendDefinitions(path)).toThrow(expect.objectContaining({ path: definition }));
});
