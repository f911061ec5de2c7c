import { basename } from 'node:path';
import { Effect, Layer, Logger } from 'effect';
import { signals } from '../../../src/engine/domain/signals.ts';
import { diskSpool } from '../../../src/engine/spool/disk-spool.ts';
import { scanFrames } from '../../../src/engine/spool/frame.ts';
import { startLoader } from '../../../src/engine/spool/loader.ts';
import { quarantineDirectory } from '../../../src/engine/spool/segment-name.ts';
import { SpoolFiles } from '../../../src/engine/spool/spool-files.ts';
import { Spool } from '../../../src/engine/spool/spool.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { type Random, seededRandom } from '../../../test/support/random.ts';
import { type Lie, SimulatedDisk } from './simulated-disk.ts';
import { copyOf, requestsIn, type SimulatedRequest, simulatedEncoder, simulatedStore } from './simulated-store.ts';

export interface PowerOptions {
  /** What is made to break the promise, to see that the simulation can tell; 'no-token': a store that takes all twice. */
  readonly lie: Lie | 'no-token';
}

export interface PowerVerdict {
  readonly powerCuts: number;
  readonly kills: number;
  /** Requests, one copy for each table that they reach. */
  readonly acknowledged: number;
  readonly refused: number;
  /** Nowhere: not in the store, not in the quarantine. */
  readonly lost: number;
  /** In files that the disk would not read at a start: whole in the quarantine, reported, and not loaded. */
  readonly setAside: number;
  readonly doubled: number;
  /** Stored though the sender heard no, or nothing: allowed. */
  readonly storedUnanswered: number;
}

const directory = '/home/someone/.obs/spool';
const manyTables = ['otel_metrics_gauge', 'otel_metrics_sum'] as const;

/** One seeded story: some lives of spool and loader on one disk, each cut short, and a last one that loads the rest. */
export async function runPowerCuts(seed: number, { lie }: PowerOptions): Promise<PowerVerdict> {
  const random = seededRandom(seed);
  const failOneIn = random.int(3) === 0 ? 20 + random.int(60) : 0;
  const disk = new SimulatedDisk(random, { lie: lie === 'no-token' ? 'none' : lie, failOneIn });
  const { store, copies } = simulatedStore(disk, random, lie === 'no-token');
  const acknowledged = new Set<string>();
  const sent = { requests: 0, refused: 0 };
  let powerCuts = 0;
  let kills = 0;

  const lives = 1 + random.int(4);
  for (let life = 0; life < lives; life++) {
    disk.cutAfter(1 + random.int(random.int(2) === 0 ? 60 : 250));
    await Effect.runPromise(inOneLife(disk, store, ingest(random, disk, acknowledged, sent)));
    // A process that ends in order has let go of the disk; what it left unsynced is at risk all the same.
    disk.goDark();
    if (random.int(4) > 0) {
      powerCuts += 1;
      disk.restartMachine();
    } else {
      kills += 1;
      disk.restartProcess();
    }
  }
  disk.troubled = false;
  await Effect.runPromise(inOneLife(disk, store, Effect.void));

  const counts = [...copies];
  const missing = [...acknowledged].filter((copy) => !copies.has(copy));
  const aside = copiesSetAside(disk);
  return {
    powerCuts,
    kills,
    acknowledged: acknowledged.size,
    refused: sent.refused,
    lost: missing.filter((copy) => !aside.has(copy)).length,
    setAside: missing.filter((copy) => aside.has(copy)).length,
    doubled: counts.reduce((sum, [, count]) => sum + count - 1, 0),
    storedUnanswered: counts.filter(([copy]) => !acknowledged.has(copy)).length,
  };
}

function copiesSetAside(disk: SimulatedDisk): ReadonlySet<string> {
  const paths = disk.namesIn(quarantineDirectory(directory)).filter((path) => path.endsWith('.unreadable'));
  return new Set(
    paths.flatMap((path) => {
      const bytes = disk.contentOf(path) ?? new Uint8Array();
      const table = basename(path).split('.', 1)[0] ?? '';
      return requestsIn(bytes, scanFrames(bytes).sound).map((request) => copyOf(table, request));
    }),
  );
}

/** Spool and loader as the daemon has them, until the story is over and all is loaded, or the disk goes dark. */
function inOneLife(disk: SimulatedDisk, store: Store['Service'], story: Effect.Effect<void, never, Spool>) {
  const limit = { segmentBytes: 1500, pollMs: 1 };
  return Effect.gen(function* () {
    const loader = yield* startLoader({ directory });
    yield* story;
    if (disk.isDark) return;
    const spool = yield* Spool;
    yield* Effect.ignore(spool.seal);
    if (!disk.isDark) yield* loader.drain.pipe(Effect.raceFirst(untilDark(disk)));
  }).pipe(
    Effect.scoped,
    Effect.provide(diskSpool({ directory, makeEncoder: simulatedEncoder, limit })),
    Effect.provide(Layer.succeed(SpoolFiles, disk.files)),
    Effect.provideService(Store, store),
    Effect.provide(Logger.layer([])),
    // A spool that cannot start on a dark or failing disk says so; the next life tries again.
    Effect.ignore,
  );
}

const untilDark = (disk: SimulatedDisk): Effect.Effect<void> =>
  Effect.suspend(() => (disk.isDark ? Effect.void : Effect.andThen(Effect.yieldNow, untilDark(disk))));

const ingest = (
  random: Random,
  disk: SimulatedDisk,
  acknowledged: Set<string>,
  sent: { requests: number; refused: number },
) =>
  Effect.gen(function* () {
    const spool = yield* Spool;
    const send = Effect.gen(function* () {
      const signal = random.pick(signals);
      const tables = signal === 'metrics' ? manyTables.slice(random.int(2)) : [`otel_${signal}` as const];
      const request: SimulatedRequest = {
        request: sent.requests++,
        rows: 1 + random.int(5),
        tables,
        filling: random.int(700),
      };
      const answered = yield* Effect.exit(spool.append(signal, Buffer.from(JSON.stringify(request)), 'json'));
      if (answered._tag === 'Success') for (const table of tables) acknowledged.add(copyOf(table, request.request));
      else sent.refused += 1;
      if (random.int(12) === 0) yield* Effect.ignore(spool.seal);
    });
    const sender = Effect.gen(function* () {
      for (let left = 1 + random.int(10); left > 0 && !disk.isDark; left--) yield* send;
    });
    yield* Effect.all(
      Array.from({ length: 1 + random.int(4) }, () => sender),
      { concurrency: 'unbounded', discard: true },
    );
  });
