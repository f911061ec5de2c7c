import { join } from 'node:path';
import { Effect } from 'effect';
import { expect, test } from 'vitest';
import { runSegments } from '../../../bench/fault/segments/segments-run.ts';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { temporaryFolder } from './spool-fixture.ts';

test('segments that are not as they were written, and what is no segment, cost nobody else anything', async () => {
  const folder = await temporaryFolder();
  const verdict = await Effect.runPromise(
    migrate.pipe(
      Effect.andThen(runSegments(folder, { mutations: 30, seed: 5 })),
      Effect.provide(embeddedStore({ path: join(folder, 'store') })),
    ),
  );
  expect(verdict).toMatchObject({ lost: 0, wronglyLoaded: 0, doubled: 0, stuck: 0 });
  expect(verdict.soundFrames).toBeGreaterThan(60);
  expect(verdict.reported).toBeGreaterThan(20);
}, 60_000);
