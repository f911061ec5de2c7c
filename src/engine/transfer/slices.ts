import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../domain/errors.ts';
import { telemetryTables, type TelemetryTableName } from '../domain/schema/telemetry.ts';
import type { Signal } from '../domain/signals.ts';
import { spanBuckets } from '../store/queries.ts';
import { QueryClient } from '../store/query-client.ts';
import { clickHouseCode } from '../store/query-error.ts';
import { identityOf } from './slice-identity.ts';

/** Which of the stored rows are meant. */
export interface ExportRange {
  readonly signals: readonly Signal[];
  readonly traceId?: string | undefined;
  readonly service?: string | undefined;
  readonly sinceUnixMs: number;
  readonly untilUnixMs: number;
}

/**
 * A part of a table's rows in a range. Slices of one plan have no row in common, whatever comes in while they are read:
 * every row that was there when the plan was made lies in just one of them.
 */
export interface Slice {
  /** Nanoseconds since 1970, the second one excluded. */
  readonly from: bigint;
  readonly below: bigint;
  /** Trace ids from the first up to the second, which is excluded; so many leading digits are the same in all. */
  readonly ids?: { readonly from: string; readonly below: string; readonly digits: number };
  /** Rows of one nanosecond whose hash leaves this remainder. */
  readonly hash?: { readonly modulus: number; readonly remainder: number };
  /** As many as were there when the plan was made. */
  readonly rows: number;
}

type Failure = QueryFailed | EngineUnavailable;

/** Rows lie between 2000 and a day after their receipt; a DateTime ends in 2106. */
const lastMs = Date.UTC(2100, 0, 1);
const bucketNanos = 300_000_000_000n;
const bucketsAtOnce = 512n;
/** Hex digits of trace ids by which rows are counted at once: at most 65,536 groups. */
const digitsAtOnce = 4;
const idDigits = 32;
const leastModulus = 16;
const greatestModulus = 2 ** 40;

/** All of a range in parts of at most `mostRows` rows each; only equal rows are never parted. */
export const planSlices = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  range: ExportRange,
  mostRows: number,
): Effect.fn.Return<readonly Slice[], Failure, QueryClient> {
  const nanos = (ms: number): bigint => BigInt(Math.min(Math.max(0, ms), lastMs)) * 1_000_000n;
  const all = { from: nanos(Math.floor(range.sinceUnixMs)), below: nanos(Math.ceil(range.untilUnixMs)), rows: 0 };
  const counted = yield* count<{ n: string }>(table, range, all, 'SELECT count() AS n', '');
  const rows = Number(counted[0]?.n ?? 0);
  return rows === 0 ? [] : yield* partSlice(table, range, { ...all, rows }, mostRows);
});

/** One slice in parts of at most `mostRows` rows; the slice itself where its rows cannot be parted. */
export const partSlice: (
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  mostRows: number,
) => Effect.Effect<readonly Slice[], Failure, QueryClient> = Effect.fnUntraced(
  function* (table, range, slice, mostRows) {
    if (slice.rows <= mostRows) return [slice];
    const parts = yield* oneLevel(table, range, slice, mostRows);
    if (parts === null) return [slice];
    const leaves = yield* Effect.forEach(parts, (part) => partSlice(table, range, part, mostRows));
    return joined(leaves.flat(), mostRows);
  },
);

/** Parts a slice in the order of the table's own key as far as it goes, so that each part is read without the others. */
function oneLevel(
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  mostRows: number,
): Effect.Effect<readonly Slice[] | null, Failure, QueryClient> {
  const { from, below, ids } = slice;
  const parted = range.traceId === undefined && table === 'otel_traces';
  if (parted && from / bucketNanos === (below - 1n) / bucketNanos) {
    const digits = ids?.digits ?? 0;
    if (digits < idDigits) return byTraceId(table, range, slice, digits + digitsAtOnce);
  }
  if (below - from > 1n) return byTime(table, range, slice, parted && ids === undefined ? bucketNanos : 1n);
  const before = slice.hash?.modulus ?? 1;
  const modulus = before * Math.max(leastModulus, Math.ceil((2 * slice.rows) / mostRows));
  return modulus > greatestModulus ? Effect.succeed(null) : byHash(table, range, slice, modulus);
}

const byTime = Effect.fnUntraced(function* (table: TelemetryTableName, range: ExportRange, slice: Slice, unit: bigint) {
  const least = (slice.below - slice.from + bucketsAtOnce - 1n) / bucketsAtOnce;
  const width = least <= unit ? unit : ((least + unit - 1n) / unit) * unit;
  const time = telemetryTables[table].timeColumn;
  const found = yield* count<{ bucket: string; n: string }>(
    table,
    range,
    slice,
    `SELECT intDiv(toUnixTimestamp64Nano(${time}), {width:Int64}) AS bucket, count() AS n`,
    'GROUP BY bucket ORDER BY bucket',
    { width: String(width) },
  );
  return found.map(({ bucket, n }) => {
    const start = BigInt(bucket) * width;
    const end = start + width;
    return {
      ...slice,
      from: start > slice.from ? start : slice.from,
      below: end < slice.below ? end : slice.below,
      rows: Number(n),
    };
  });
});

const byTraceId = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  digits: number,
) {
  const found = yield* count<{ start: string; n: string }>(
    table,
    range,
    slice,
    'SELECT substring(TraceId, 1, {digits:UInt8}) AS start, count() AS n',
    'GROUP BY start ORDER BY start',
    { digits },
  );
  return found.map(({ start, n }) => {
    const isWhole = start.length < digits;
    const below = `${start}${isWhole ? behindItself : behindAll}`;
    return {
      ...slice,
      ids: {
        from: slice.ids === undefined || slice.ids.from < start ? start : slice.ids.from,
        below: slice.ids === undefined || slice.ids.below > below ? below : slice.ids.below,
        digits: isWhole ? idDigits : digits,
      },
      rows: Number(n),
    };
  });
});

const byHash = Effect.fnUntraced(function* (
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  modulus: number,
) {
  const found = yield* count<{ remainder: string; n: string }>(
    table,
    range,
    slice,
    `SELECT ${identityOf(table)} % {parts:UInt64} AS remainder, count() AS n`,
    'GROUP BY remainder ORDER BY remainder',
    { parts: modulus },
  );
  // All in one: they are equal.
  if (found.length < 2) return null;
  return found.map(({ remainder, n }) => ({
    ...slice,
    hash: { modulus, remainder: Number(remainder) },
    rows: Number(n),
  }));
});

function count<Row>(
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
  select: string,
  group: string,
  more: Record<string, string | number> = {},
): Effect.Effect<readonly Row[], Failure, QueryClient> {
  const { where, parameters } = conditionsOf(table, range, slice);
  return Effect.flatMap(QueryClient, (client) =>
    client.rows<Row>(`${select} FROM ${table} WHERE ${where} ${group}`, {
      parameters: { ...parameters, ...more },
      settings: unhurried,
    }),
  );
}

/** Exports may take longer than what somebody waits for at a screen, and let that go first. */
export const unhurried = { max_execution_time: 300 } as const;

/** A slice of a range as a condition over a table's columns. */
export function conditionsOf(
  table: TelemetryTableName,
  range: ExportRange,
  slice: Slice,
): { where: string; parameters: Record<string, string | number> } {
  const { timeColumn } = telemetryTables[table];
  const [from, below] = ['fromUnixTimestamp64Nano({from:Int64})', 'fromUnixTimestamp64Nano({below:Int64})'];
  const conditions = [`${timeColumn} >= ${from} AND ${timeColumn} < ${below}`];
  const parameters: Record<string, string | number> = { from: String(slice.from), below: String(slice.below) };
  if (table === 'otel_traces') conditions.push(spanBuckets(from, below));
  if (slice.ids !== undefined) {
    conditions.push('TraceId >= {firstId:String} AND TraceId < {belowId:String}');
    parameters['firstId'] = slice.ids.from;
    parameters['belowId'] = slice.ids.below;
  }
  if (slice.hash !== undefined) {
    conditions.push(`${identityOf(table)} % {modulus:UInt64} = {remainder:UInt64}`);
    parameters['modulus'] = slice.hash.modulus;
    parameters['remainder'] = slice.hash.remainder;
  }
  if (range.service !== undefined) {
    conditions.push('ServiceName = {service:String}');
    parameters['service'] = range.service;
  }
  if (range.traceId !== undefined) {
    conditions.push('TraceId = {trace:String}');
    parameters['trace'] = range.traceId;
  }
  return { where: conditions.join(' AND '), parameters };
}

/** What sorts behind an id itself and before all that begin with it; and what behind those as well. */
const [behindItself, behindAll] = [' ', '~'];

/** Neighbours that have no more than `mostRows` together become one. */
function joined(slices: readonly Slice[], mostRows: number): readonly Slice[] {
  const result: Slice[] = [];
  for (const slice of slices) {
    const last = result.at(-1);
    const both = last === undefined || last.rows + slice.rows > mostRows ? null : joinedPair(last, slice);
    if (both === null) result.push(slice);
    else result[result.length - 1] = both;
  }
  return result;
}

function joinedPair(a: Slice, b: Slice): Slice | null {
  if (a.hash !== undefined || b.hash !== undefined) return null;
  const rows = a.rows + b.rows;
  if (a.ids === b.ids) return { ...a, below: b.below, rows };
  if (a.ids === undefined || b.ids === undefined || a.from !== b.from || a.below !== b.below) return null;
  let digits = 0;
  while (digits < Math.min(a.ids.digits, b.ids.digits) && a.ids.from[digits] === b.ids.from[digits]) digits += 1;
  return { ...a, ids: { from: a.ids.from, below: b.ids.below, digits }, rows };
}

/** Whether fewer rows would have been answered. */
export function isTooMuch(error: { readonly _tag: string; readonly code?: number | string }): boolean {
  return error._tag === 'QueryFailed' && tooMuch.has(Number(error.code));
}

const tooMuch = new Set<number>([
  clickHouseCode.timeoutExceeded,
  clickHouseCode.memoryLimitExceeded,
  clickHouseCode.tooManyRowsOrBytes,
]);
