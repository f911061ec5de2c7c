import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Layer, ManagedRuntime, type Effect } from 'effect';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { migrate } from '../../../src/engine/store/migrate.ts';
import { Store } from '../../../src/engine/store/store.ts';

/** A real engine with the real schema in a directory of its own. A process can hold one at a time. */
export async function openRealStore() {
  const path = mkdtempSync(join(tmpdir(), 'obs-endpoint-'));
  const runtime = ManagedRuntime.make(embeddedStore({ path }).pipe(Layer.orDie));
  await runtime.runPromise(migrate);
  return {
    runtime,
    run: <A, E>(effect: Effect.Effect<A, E, Store>): Promise<A> => runtime.runPromise(effect),
    close: async (): Promise<void> => {
      await runtime.dispose();
      rmSync(path, { recursive: true, force: true });
    },
  };
}

export type RealStore = Awaited<ReturnType<typeof openRealStore>>;
