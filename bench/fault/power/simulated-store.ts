import { Effect } from 'effect';
import { QueryFailed } from '../../../src/engine/domain/errors.ts';
import type { TelemetryTableName } from '../../../src/engine/domain/schema/telemetry.ts';
import type { Signal } from '../../../src/engine/domain/signals.ts';
import type { EncodedBlock, SignalEncoder } from '../../../src/engine/otlp/encoder.ts';
import { readFrameHeader, scanFrames, type SoundFrame } from '../../../src/engine/spool/frame.ts';
import type { Store } from '../../../src/engine/store/store.ts';
import type { Random } from '../../../test/support/random.ts';
import type { SimulatedDisk } from './simulated-disk.ts';

/** A request of the simulation: its number, its rows, its tables; filled up so that frames cross sectors. */
export interface SimulatedRequest {
  readonly request: number;
  readonly rows: number;
  readonly tables: readonly TelemetryTableName[];
  readonly filling: number;
}

const frameColumnTypeBytes = 6;

/** Blocks whose text says which requests are in them; to the spool a block's body is bytes like any other. */
export function simulatedEncoder(_signal: Signal): SignalEncoder {
  let waiting: SimulatedRequest[] = [];
  return {
    append: (payload) => {
      const request = JSON.parse(Buffer.from(payload).toString()) as SimulatedRequest;
      waiting.push(request);
      return { accepted: request.rows, rejected: 0, reasons: new Map(), cut: 0 };
    },
    get rows() {
      return waiting.reduce((sum, { rows }) => sum + rows, 0);
    },
    take: () => {
      const tables = new Set(waiting.flatMap((request) => request.tables));
      const blocks = [...tables].map((table): EncodedBlock => {
        const mine = waiting.filter((request) => request.tables.includes(table));
        const text = mine.map(({ request, rows, filling }) => `${request} ${rows} ${'.'.repeat(filling)}\n`).join('');
        return { table, columns: 1, rows: mine.reduce((sum, { rows }) => sum + rows, 0), body: Buffer.from(text) };
      });
      waiting = [];
      return blocks;
    },
  };
}

/** The numbers of the requests in a segment's frames. */
export function requestsIn(bytes: Uint8Array, frames: readonly SoundFrame[]): readonly number[] {
  return frames.flatMap((frame) => {
    const header = readFrameHeader(bytes, frame.start);
    if (typeof header === 'string') return [];
    const bodyAt = frame.start + header.restAt + frameColumnTypeBytes + header.rows;
    const lines = Buffer.from(bytes.subarray(bodyAt, frame.end)).toString().split('\n').slice(0, -1);
    return lines.map((line) => Number(line.split(' ', 1)[0]));
  });
}

/** How often each request's rows are in each table; and what the store was given under each token. */
export interface SimulatedStore {
  readonly store: Store['Service'];
  readonly copies: ReadonlyMap<string, number>;
}

export const copyOf = (table: string, request: number): string => `${table} ${request}`;

/**
 * A store that keeps its side of the contract: an insert happens whole or not at all, is durable when it answers, and
 * adds nothing under a token that it has seen. `forgetful` breaks the last of these.
 */
export function simulatedStore(disk: SimulatedDisk, random: Random, forgetful: boolean): SimulatedStore {
  const copies = new Map<string, number>();
  const tokens = new Set<string>();
  const insertSegment: Store['Service']['insertSegment'] = ({ id, table, path }) =>
    Effect.gen(function* () {
      yield* Effect.yieldNow;
      const bytes = disk.contentOf(path);
      if (disk.isDark) return yield* Effect.never;
      if (bytes === null) return yield* new QueryFailed({ code: 107, message: 'no such file' });
      const { sound, damage } = scanFrames(bytes);
      if (damage.length > 0) return yield* new QueryFailed({ code: 117, message: 'not as written' });
      const token = `${table} ${id}`;
      if (!tokens.has(token) || forgetful) {
        tokens.add(token);
        for (const request of requestsIn(bytes, sound)) {
          const copy = copyOf(table, request);
          copies.set(copy, (copies.get(copy) ?? 0) + 1);
        }
      }
      // Done and durable, and nobody hears of it.
      if (disk.troubled && random.int(8) === 0) disk.goDark();
      return undefined;
    });
  const unused = () => Effect.die('the loader only inserts');
  return { copies, store: { kind: 'embedded', cluster: null, run: unused, command: unused, insertSegment } };
}
