/**
 * Spools with segments that are not as they were written, and with things that are no segments at all: what is sound
 * must be loaded, the rest set aside and reported, and nothing may get stuck.
 *
 *     npm run fault:segments -- --mutations 1300 --seed 1
 *
 * Exit code 1 when a sound frame is missing, a changed one is stored, a row is doubled, or a spool does not get through.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect } from 'effect';
import { embeddedStore } from '../src/engine/store/embedded-store.ts';
import { migrate } from '../src/engine/store/migrate.ts';
import { mutations } from './fault/segments/mutations.ts';
import { runSegments } from './fault/segments/segments-run.ts';
import { strangers } from './fault/segments/strangers.ts';
import { count, endWith, readFlags } from './support/flags.ts';

const flags = readFlags({ mutations: count(1300), seed: count(1, 0) });

const folder = mkdtempSync(join(tmpdir(), 'obs-fault-segments-'));
const startedAt = performance.now();
const verdict = await Effect.runPromise(
  migrate.pipe(
    Effect.andThen(
      runSegments(folder, {
        mutations: flags.mutations,
        seed: flags.seed,
        onRound: (mutated) => void (mutated % 180 === 0 && process.stderr.write(`${mutated} mutations\n`)),
      }),
    ),
    Effect.provide(embeddedStore({ path: join(folder, 'store') })),
  ),
);
const result = {
  ...verdict,
  kinds: Object.keys(mutations).length + Object.keys(strangers).length,
  seconds: Math.round((performance.now() - startedAt) / 100) / 10,
};
if (flags.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
rmSync(folder, { recursive: true, force: true });
endWith(verdict.lost + verdict.wronglyLoaded + verdict.doubled + verdict.stuck === 0, verdict.mutated);
