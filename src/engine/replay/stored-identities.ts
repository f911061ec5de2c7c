import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed, QueryRefused } from '../domain/errors.ts';
import { StorageFailed } from '../domain/errors.ts';
import { limits } from '../domain/limits.ts';
import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import { QueryClient } from '../store/query-client.ts';
import { identityOf } from './row-identity.ts';

/** Minutes named in one statement. */
const minutesPerQuery = 1000;
const settings = { max_execution_time: 300 } as const;

interface Slice {
  readonly minutes: readonly number[];
  /** The slice's rows are asked for in so many parts. */
  readonly parts: number;
}

/**
 * Writes which identities the store has in the given minutes, and how often, as Native blocks of `id`, `n`; in slices,
 * since the endpoint bounds its answers.
 */
export const writeStoredIdentities = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  minutes: readonly number[],
  path: string,
): Effect.fn.Return<void, QueryFailed | QueryRefused | EngineUnavailable | StorageFailed, QueryClient> {
  const client = yield* QueryClient;
  const time = telemetryTables[table].timeColumn;
  for (const { minutes: some, parts } of yield* slicesOf(table, minutes)) {
    for (let part = 0; part < parts; part++) {
      const split = parts === 1 ? '' : ` AND cityHash64(${time}) % ${parts} = ${part}`;
      const sql = `SELECT ${identityOf(table)} AS id, count() AS n FROM ${table} WHERE ${within(time, some)}${split} GROUP BY id`;
      const bytes = yield* client.bytes(sql, 'Native', { settings });
      yield* Effect.tryPromise({
        try: () => pipeline(bytes, createWriteStream(path, { flags: 'a' })),
        catch: (error) => new StorageFailed({ operation: 'write', path, code: String(error) }),
      });
    }
  }
});

const slicesOf = Effect.fnUntraced(function* (table: TelemetryTableName, minutes: readonly number[]) {
  const client = yield* QueryClient;
  const time = telemetryTables[table].timeColumn;
  const slices: Slice[] = [];
  for (let at = 0; at < minutes.length; at += minutesPerQuery) {
    const some = minutes.slice(at, at + minutesPerQuery);
    const counts = yield* client.rows<{ minute: number; n: string }>(
      `SELECT toUnixTimestamp(toStartOfMinute(${time})) AS minute, count() AS n FROM ${table} WHERE ${within(time, some)} GROUP BY minute ORDER BY minute`,
      { settings },
    );
    let open: number[] = [];
    let rows = 0;
    const cut = (): void => {
      const parts = Math.max(1, Math.ceil(rows / limits.archive.replayStoredRows));
      if (open.length > 0) slices.push({ minutes: open, parts });
      open = [];
      rows = 0;
    };
    for (const { minute, n } of counts) {
      if (rows + Number(n) > limits.archive.replayStoredRows) cut();
      open.push(minute);
      rows += Number(n);
    }
    cut();
  }
  return slices;
});

/** Bounds for the partitions and the primary key, and the very minutes. */
function within(time: string, minutes: readonly number[]): string {
  const first = minutes[0] ?? 0;
  const last = minutes.at(-1) ?? 0;
  return `${time} >= toDateTime(${first}) AND ${time} < toDateTime(${last + 60}) AND toUnixTimestamp(toStartOfMinute(${time})) IN (${minutes.join(',')})`;
}
