import { existsSync, readdirSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { Effect, Schedule } from 'effect';
import { StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { type TelemetryTableName, telemetryTableNames } from '../domain/schema/telemetry.ts';
import type { EncodedBlock } from '../otlp/encoder.ts';
import { frameBlock } from '../spool/frame.ts';
import { openedUnixMs, parseSegmentName, segmentId, segmentPath, tableDirectory } from '../spool/segment-name.ts';

/**
 * Puts blocks into the spool as closed segments, which the running loader inserts exactly once, rollups included.
 * Each is written and synced under `folder`, on the same disk, and moved there in one rename.
 */
export const addSegments = Effect.fnUntraced(function* (
  spool: string,
  folder: string,
  table: TelemetryTableName,
  blocks: readonly EncodedBlock[],
  nowUnixMs: number,
): Effect.fn.Return<void, StorageFailed> {
  let group: EncodedBlock[] = [];
  let bytes = 0;
  let days: ReadonlySet<number> = new Set();
  const write = Effect.suspend(() => {
    const frames = group.flatMap(frameBlock);
    group = [];
    bytes = 0;
    days = new Set();
    return frames.length === 0 ? Effect.void : writeSegment(spool, folder, table, frames, nowUnixMs);
  });
  for (const block of blocks) {
    const ofBoth = new Set([...days, ...(block.days ?? [])]);
    if (ofBoth.size > limits.spool.segmentDays) yield* write;
    group.push(block);
    days = new Set([...days, ...(block.days ?? [])]);
    bytes += block.body.length;
    if (bytes >= limits.spool.segmentBytes) yield* write;
  }
  yield* write;
});

const writeSegment = (
  spool: string,
  folder: string,
  table: TelemetryTableName,
  frames: readonly Uint8Array[],
  nowUnixMs: number,
): Effect.Effect<void, StorageFailed> => {
  const id = segmentId(nowUnixMs, Math.random() * 2 ** 32);
  const draft = join(folder, `${id}.draft`);
  return Effect.tryPromise({
    try: async () => {
      await using file = await open(draft, 'wx', 0o600);
      for (const frame of frames) await file.writeFile(frame);
      await file.datasync();
      await rename(draft, segmentPath(spool, table, id, 'native'));
    },
    catch: (error) =>
      new StorageFailed({
        operation: 'write',
        path: draft,
        code: (error as NodeJS.ErrnoException).code ?? String(error),
      }),
  });
};

/** Waits until every segment that was opened up to now is loaded, or set aside: the store then has what was acknowledged. */
export const untilLoaded = (spool: string, nowUnixMs: number): Effect.Effect<void> =>
  Effect.sync(() => waitingSince(spool, nowUnixMs)).pipe(
    Effect.repeat({ schedule: Schedule.spaced(limits.spool.pollMs), until: (waiting) => waiting === 0 }),
    Effect.asVoid,
  );

function waitingSince(spool: string, nowUnixMs: number): number {
  return telemetryTableNames.reduce((sum, table) => {
    const folder = tableDirectory(spool, table);
    if (!existsSync(folder)) return sum;
    const names = readdirSync(folder).map(parseSegmentName);
    return sum + names.filter((name) => name !== null && openedUnixMs(name.id) <= nowUnixMs).length;
  }, 0);
}
