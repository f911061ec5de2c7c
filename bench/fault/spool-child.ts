/**
 * Spool, loader and embedded engine in one process, to be killed: `node spool-child.ts <folder> <segmentAgeMs>`.
 * The spool is up before the engine is, as in the daemon, so that kills hit recovery, loading and the engine's start too.
 */
import { join } from 'node:path';
import { Effect, Layer, Logger } from 'effect';
import { makeSignalEncoder } from '../../src/engine/otlp/signal-encoder.ts';
import { diskSpool } from '../../src/engine/spool/disk-spool.ts';
import { startLoader } from '../../src/engine/spool/loader.ts';
import { Spool } from '../../src/engine/spool/spool.ts';
import { embeddedStore } from '../../src/engine/store/embedded-store.ts';
import { migrate } from '../../src/engine/store/migrate.ts';
import { Store } from '../../src/engine/store/store.ts';
import { countQueries, numberedRequest } from './requests.ts';

export type ToChild =
  | { readonly type: 'send'; readonly request: number; readonly rows: number; readonly unixMs: number }
  | { readonly type: 'count' }
  | { readonly type: 'stop' };
export type FromChild =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly request: number; readonly acknowledged: boolean }
  | { readonly type: 'counts'; readonly stored: string; readonly rollup: string; readonly derived: string };

const [folder = '', segmentAgeMs = '100'] = process.argv.slice(2);
const directory = join(folder, 'spool');
const tell = (message: FromChild): void => void process.send?.(message);

const countAll = Effect.gen(function* () {
  const store = yield* Store;
  const text = (sql: string) =>
    store.run({ sql, format: 'JSONEachRow' }).pipe(Effect.map(({ body }) => Buffer.from(body).toString()));
  tell({
    type: 'counts',
    stored: yield* text(countQueries.stored),
    rollup: yield* text(countQueries.rollup),
    derived: yield* text(countQueries.derived),
  });
});

const program = Effect.gen(function* () {
  const stopping = Promise.withResolvers<void>();
  const counting = Promise.withResolvers<void>();
  const spool = yield* Spool;
  const run = yield* Effect.context<never>().pipe(Effect.map((context) => Effect.runForkWith(context)));
  process.on('message', (message: ToChild) => {
    if (message.type === 'stop') stopping.resolve();
    if (message.type === 'count') counting.resolve();
    if (message.type !== 'send') return;
    const { request, rows, unixMs } = message;
    const { signal, body } = numberedRequest(request, rows, unixMs);
    run(
      spool.append(signal, body, 'protobuf').pipe(
        Effect.match({
          onSuccess: () => tell({ type: 'answer', request, acknowledged: true }),
          onFailure: () => tell({ type: 'answer', request, acknowledged: false }),
        }),
      ),
    );
  });
  process.on('disconnect', () => stopping.resolve());
  tell({ type: 'ready' });

  const engine = Effect.gen(function* () {
    yield* migrate;
    const loader = yield* startLoader({ directory });
    yield* Effect.promise(() => Promise.race([counting.promise, stopping.promise]));
    yield* spool.seal;
    yield* loader.drain;
    yield* countAll;
    yield* Effect.promise(() => stopping.promise);
  });
  yield* engine.pipe(Effect.provide(embeddedStore({ path: join(folder, 'store') })));
});

const spoolLayer = diskSpool({
  directory,
  makeEncoder: makeSignalEncoder,
  limit: { segmentAgeMs: Number(segmentAgeMs) },
});
await Effect.runPromise(
  program.pipe(Effect.scoped, Effect.provide(spoolLayer), Effect.provide(Layer.mergeAll(Logger.layer([])))),
);
process.disconnect?.();
