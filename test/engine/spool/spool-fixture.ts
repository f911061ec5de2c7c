import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Effect, Layer, Logger } from 'effect';
import { onTestFinished } from 'vitest';
import type { TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import { diskSpool, type DiskSpoolOptions } from '../../../src/engine/spool/disk-spool.ts';
import { scanFrames } from '../../../src/engine/spool/frame.ts';
import { nodeSpoolFiles, SpoolFiles, type SpoolFileSystem } from '../../../src/engine/spool/spool-files.ts';
import { Spool } from '../../../src/engine/spool/spool.ts';
import { tinyEncoder } from './row-encoder.ts';

/** A folder that is gone after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'obs-spool-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export interface SpoolSetup {
  readonly directory: string;
  readonly files?: SpoolFileSystem;
  readonly limit?: DiskSpoolOptions['limit'];
  readonly makeEncoder?: DiskSpoolOptions['makeEncoder'];
}

/** No log lines between the test reporter's. */
export const quiet = Logger.layer([]);

export const spoolLayer = ({ directory, files, limit, makeEncoder }: SpoolSetup) =>
  diskSpool({ directory, makeEncoder: makeEncoder ?? tinyEncoder, ...(limit === undefined ? {} : { limit }) }).pipe(
    Layer.provide(Layer.succeed(SpoolFiles, files ?? nodeSpoolFiles)),
    Layer.provide(quiet),
  );

/** Opens the spool, runs `story`, closes it. */
export const withSpool = <A, E>(
  setup: SpoolSetup,
  story: (spool: Spool['Service']) => Effect.Effect<A, E>,
): Effect.Effect<A, unknown> =>
  Effect.gen(function* () {
    return yield* story(yield* Spool);
  }).pipe(Effect.provide(spoolLayer(setup)));

/** Names in a table's folder. */
export async function filesOf(directory: string, table: TelemetryTableName | 'quarantine'): Promise<string[]> {
  return (await readdir(join(directory, table))).sort();
}

/** Rows in all sound frames of a table, open and closed segments alike. */
export async function rowsIn(directory: string, table: TelemetryTableName): Promise<number> {
  let rows = 0;
  for (const name of await filesOf(directory, table)) {
    const { sound } = scanFrames(await readFile(join(directory, table, name)));
    rows += sound.reduce((sum, frame) => sum + frame.rows, 0);
  }
  return rows;
}
