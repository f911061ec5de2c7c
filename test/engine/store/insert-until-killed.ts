/** `node insert-until-killed.ts STORE SEGMENT`: inserts the segment as k0, k1, …, saying each when it is in. */
import { Effect } from 'effect';
import { embeddedStore } from '../../../src/engine/store/embedded-store.ts';
import { Store } from '../../../src/engine/store/store.ts';

const [, , storePath = '', path = ''] = process.argv;

const insertForEver = Effect.gen(function* () {
  const store = yield* Store;
  process.stdout.write('open\n');
  for (let index = 0; ; index++) {
    yield* store.insertSegment({ id: `k${index}`, table: 'otel_traces', path });
    process.stdout.write(`k${index}\n`);
  }
});

await Effect.runPromise(insertForEver.pipe(Effect.provide(embeddedStore({ path: storePath }))));
