import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Effect, Logger } from 'effect';
import { makeSignalEncoder } from '../../../src/engine/otlp/signal-encoder.ts';
import { diskSpool } from '../../../src/engine/spool/disk-spool.ts';
import { frameBlock } from '../../../src/engine/spool/frame.ts';
import { startLoader } from '../../../src/engine/spool/loader.ts';
import { Spool } from '../../../src/engine/spool/spool.ts';
import { Store } from '../../../src/engine/store/store.ts';
import { type Random, seededRandom } from '../../../test/support/random.ts';
import { countQueries, readCounts, spansRequest } from '../requests.ts';
import { mutations, type Written } from './mutations.ts';
import { strangers } from './strangers.ts';

export interface SegmentsVerdict {
  readonly mutated: number;
  readonly strangers: number;
  /** Frames that a mutation left as they were, and those of untouched segments beside. */
  readonly soundFrames: number;
  readonly loaded: number;
  /** Sound frames that are neither in the store nor, whole, in the quarantine. Must be 0. */
  readonly lost: number;
  /** Sound frames in the quarantine: behind a rotten header of a segment that was still open. */
  readonly setAside: number;
  /** Frames with changed bytes of which rows are in the store, and rows that are there twice. Must be 0. */
  readonly wronglyLoaded: number;
  readonly doubled: number;
  /** Spools that would not start, or did not come to an end with what lay there. Must be 0. */
  readonly stuck: number;
  /** Files reported as set aside. */
  readonly reported: number;
}

interface Placed {
  /** Request number of each frame, and what may become of it. */
  readonly frames: readonly {
    readonly request: number;
    readonly rows: number;
    readonly bytes: Buffer;
    readonly sound: boolean;
  }[];
}

const table = 'otel_traces';
const segmentsARound = 24;
let nextRequest = 0;

/** Rounds of one spool each: mutated segments, strangers and sound segments side by side, then a start and a loader. */
export const runSegments = Effect.fnUntraced(function* (
  folder: string,
  options: { readonly mutations: number; readonly seed: number; readonly onRound?: (mutated: number) => void },
): Effect.fn.Return<SegmentsVerdict, unknown, Store> {
  const random = seededRandom(options.seed);
  const total = {
    mutated: 0,
    strangers: 0,
    soundFrames: 0,
    loaded: 0,
    lost: 0,
    setAside: 0,
    wronglyLoaded: 0,
    doubled: 0,
    stuck: 0,
    reported: 0,
  };
  while (total.mutated < options.mutations) {
    const directory = join(folder, `spool-${total.mutated}`);
    mkdirSync(join(directory, table), { recursive: true });
    const placed: Placed[] = [];
    for (let index = 0; index < segmentsARound; index++) {
      const kind = index % 8 === 7 ? 'stranger' : index % 8 === 6 ? 'sound' : 'mutated';
      const id = `${String(Date.now()).padStart(15, '0')}-${random.hex(8)}`;
      if (kind === 'stranger') {
        const names = Object.keys(strangers);
        strangers[names[total.strangers++ % names.length] ?? '']?.(join(directory, table), id);
      } else {
        placed.push(place(join(directory, table), id, kind === 'sound' ? null : total.mutated++, random));
      }
    }
    const quarantined = yield* startAndLoad(directory);
    if (quarantined === null) total.stuck += 1;
    total.reported += quarantined ?? 0;
    yield* compare(directory, placed, total);
    rmSync(directory, { recursive: true, force: true });
    options.onRound?.(total.mutated);
  }
  return total;
});

/** @param mutation its number, which chooses the kind; null leaves the segment sound. */
function place(folder: string, id: string, mutation: number | null, random: Random): Placed {
  const encoder = makeSignalEncoder('traces');
  const frames = Array.from({ length: 2 + random.int(4) }, () => {
    const request = nextRequest++;
    const rows = 1 + random.int(12);
    encoder.append(spansRequest(request, rows, Date.now()), 'protobuf', Date.now());
    return { request, rows, bytes: Buffer.concat(encoder.take().flatMap(frameBlock)) };
  });
  const starts = [0];
  for (const { bytes } of frames) starts.push((starts.at(-1) ?? 0) + bytes.length);
  const written: Written = { bytes: Buffer.concat(frames.map(({ bytes }) => bytes)), starts };
  const kinds = Object.values(mutations);
  const mutated =
    mutation === null
      ? { bytes: written.bytes, untouched: frames.map((_, frame) => ({ frame, at: 0 })) }
      : (kinds[mutation % kinds.length] ?? kinds[0]!)(written, random);
  writeFileSync(join(folder, `${id}.${random.int(2) === 0 ? 'native' : 'open'}`), mutated.bytes);
  const sound = new Set(mutated.untouched.map(({ frame }) => frame));
  return { frames: frames.map((frame, index) => ({ ...frame, sound: sound.has(index) })) };
}

/** Files set aside, as the spool's status has them; null when it does not start or the loader does not come to an end. */
const startAndLoad = (directory: string) =>
  Effect.gen(function* () {
    const spool = yield* Spool;
    const loader = yield* startLoader({ directory });
    yield* loader.drain.pipe(Effect.timeout('20 seconds'));
    // The spool looks at the quarantine as often as at its folders.
    yield* Effect.sleep(20);
    return (yield* spool.status).quarantined;
  }).pipe(
    Effect.scoped,
    Effect.provide(diskSpool({ directory, makeEncoder: makeSignalEncoder, limit: { pollMs: 5 } })),
    Effect.provide(Logger.layer([])),
    Effect.orElseSucceed(() => null),
  );

const compare = Effect.fnUntraced(function* (
  directory: string,
  placed: readonly Placed[],
  total: { -readonly [Name in keyof SegmentsVerdict]: number },
) {
  const store = yield* Store;
  const text = (sql: string) =>
    store.run({ sql, format: 'JSONEachRow' }).pipe(Effect.map(({ body }) => Buffer.from(body).toString()));
  const counts = readCounts(yield* text(countQueries.stored), yield* text(countQueries.rollup));
  const stored = new Map(counts.stored.map((request) => [request.request, request]));
  const quarantine = join(directory, 'quarantine');
  const aside = Buffer.concat(
    readdirSync(quarantine, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.damaged'))
      .map((entry) => readFileSync(join(quarantine, entry.name))),
  );
  for (const { request, rows, bytes, sound } of placed.flatMap(({ frames }) => frames)) {
    const found = stored.get(request);
    const isThere = found?.distinct === rows;
    if (found !== undefined && (found.rows > found.distinct || (counts.rollup.get(request) ?? 0) > rows))
      total.doubled += 1;
    if (!sound) {
      total.wronglyLoaded += found === undefined ? 0 : 1;
      continue;
    }
    total.soundFrames += 1;
    if (isThere) total.loaded += 1;
    else if (aside.includes(bytes)) total.setAside += 1;
    else total.lost += 1;
  }
});
