import { Clock, Effect, Stream } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { QueryClient } from '../store/query-client.ts';
import { Conditions } from './conditions.ts';

/** The lowest SeverityNumber of each level (OpenTelemetry logs data model). */
const levels: Readonly<Record<string, number>> = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 };

export interface LogFilter {
  readonly service?: string | undefined;
  /** At least this severe. */
  readonly minSeverity?: number | undefined;
  /** Regular expression (RE2) over the body, whatever the case. */
  readonly grep?: string | undefined;
  readonly traceId?: string | undefined;
  /** Log or resource attributes that must have these values. */
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

export interface LogRow {
  /** RFC 3339 with nanoseconds, UTC. */
  readonly Timestamp: string;
  readonly ServiceName: string;
  readonly SeverityText: string;
  readonly SeverityNumber: number;
  readonly Body: string;
  readonly TraceId: string;
  readonly SpanId: string;
  readonly EventName: string;
  readonly LogAttributes: Readonly<Record<string, string>>;
  readonly ResourceAttributes: Readonly<Record<string, string>>;
}

const columns = `concat(formatDateTime(Timestamp, '%FT%T.'), leftPad(toString(toUnixTimestamp64Nano(Timestamp) % 1000000000), 9, '0'), 'Z') AS Time,
  ServiceName, SeverityText, SeverityNumber, Body, TraceId, SpanId, EventName, LogAttributes, ResourceAttributes`;
/** Equal for records that nothing tells apart. */
const key =
  'toString(cityHash64(Timestamp, ServiceName, Body, TraceId, SpanId, LogAttributes, ResourceAttributes)) AS Key';

type Row = Omit<LogRow, 'Timestamp'> & { readonly Time: string; readonly Key: string };

export interface LogRange {
  readonly sinceUnixMs: number;
  readonly untilUnixMs: number;
}

export const parseSeverity = Effect.fnUntraced(function* (name: string): Effect.fn.Return<number, BadInput> {
  const level = levels[name.toLowerCase()];
  if (level !== undefined) return level;
  return yield* new BadInput({
    what: `Cannot use the severity "${name}"`,
    why: 'it is none of the levels',
    hint: `--severity ${Object.keys(levels).join('|')}`,
  });
});

/** The newest records in [since, until) that match, oldest first. */
export function searchLogs(
  filter: LogFilter,
  range: LogRange,
  limit: number,
): Effect.Effect<readonly LogRow[], QueryFailed | EngineUnavailable, QueryClient> {
  return Effect.map(newestRows(filter, range, limit), (rows) => rows.map(toLogRow));
}

const newestRows = Effect.fnUntraced(function* (
  filter: LogFilter,
  range: LogRange,
  limit: number,
): Effect.fn.Return<readonly Row[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(filter).between('Timestamp', range.sinceUnixMs, range.untilUnixMs);
  const rows = yield* client.rows<Row>(
    `SELECT ${columns}, ${key} FROM otel_logs WHERE ${conditions.where} ORDER BY Timestamp DESC LIMIT ${Math.floor(limit)}`,
    { parameters: conditions.parameters },
  );
  return rows.toReversed();
});

const pollEvery = '1 second';
/** Records may arrive this much later than their own time and are still shown. */
export const latenessMs = 30_000;
/** Senders' clocks may run ahead by this much. */
const aheadMs = 60_000;
const rowsPerPoll = 10_000;

/**
 * The newest records in the range, then those that arrive, each once. Looks back over the last half minute each time,
 * since batches of different senders do not come in order.
 */
export function followLogs(
  filter: LogFilter,
  range: LogRange,
  limit: number,
): Stream.Stream<LogRow, QueryFailed | EngineUnavailable, QueryClient> {
  return Stream.unwrap(
    Effect.gen(function* () {
      const { sinceUnixMs } = range;
      // What is stored already counts as shown, also what the limit leaves off. It is counted before the search, so
      // that what arrives between the two is either found by the search or fresh to the first poll.
      const window = { ...range, sinceUnixMs: yield* lookBack(sinceUnixMs) };
      let shown = countKeys(yield* newestRows(filter, window, rowsPerPoll));
      const found = yield* newestRows(filter, range, limit);
      for (const [record, count] of countKeys(found)) shown.set(record, Math.max(count, shown.get(record) ?? 0));

      const poll = Effect.gen(function* () {
        yield* Effect.sleep(pollEvery);
        const untilUnixMs = (yield* Clock.currentTimeMillis) + aheadMs;
        const rows = yield* newestRows(filter, { sinceUnixMs: yield* lookBack(sinceUnixMs), untilUnixMs }, rowsPerPoll);
        const seen = new Map<string, number>();
        const fresh = rows.filter(({ Key }) => addOne(seen, Key) > (shown.get(Key) ?? 0));
        shown = seen;
        return fresh;
      });
      return Stream.fromIterable(found).pipe(
        Stream.concat(Stream.fromEffectRepeat(poll).pipe(Stream.flatMap((rows) => Stream.fromIterable(rows)))),
        Stream.map(toLogRow),
      );
    }),
  );
}

function lookBack(sinceUnixMs: number): Effect.Effect<number> {
  return Effect.map(Clock.currentTimeMillis, (now) => Math.max(sinceUnixMs, now - latenessMs));
}

/** Equal records are counted, not folded: two identical lines are two lines. */
function countKeys(rows: readonly Row[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { Key } of rows) addOne(counts, Key);
  return counts;
}

function addOne(counts: Map<string, number>, record: string): number {
  const count = (counts.get(record) ?? 0) + 1;
  counts.set(record, count);
  return count;
}

function conditionsOf(filter: LogFilter): Conditions {
  const conditions = new Conditions();
  if (filter.service !== undefined) conditions.add('ServiceName = {}', 'String', filter.service);
  if (filter.minSeverity !== undefined) conditions.add('SeverityNumber >= {}', 'UInt8', filter.minSeverity);
  if (filter.grep !== undefined) conditions.add('match(Body, {})', 'String', `(?i)${filter.grep}`);
  if (filter.traceId !== undefined) conditions.add('TraceId = {}', 'String', filter.traceId.toLowerCase());
  for (const [key, value] of filter.attributes) {
    conditions.add('LogAttributes[{}] = {} OR ResourceAttributes[{}] = {}', 'String', key, value, key, value);
  }
  return conditions;
}

function toLogRow(row: Row): LogRow {
  const { ServiceName, SeverityText, SeverityNumber, Body, TraceId, SpanId, EventName, LogAttributes } = row;
  const { ResourceAttributes } = row;
  return {
    Timestamp: row.Time,
    ServiceName,
    SeverityText,
    SeverityNumber,
    Body,
    TraceId,
    SpanId,
    EventName,
    LogAttributes,
    ResourceAttributes,
  };
}
