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

type Row = Omit<LogRow, 'Timestamp'> & { readonly Time: string; readonly Key?: string };

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
export const searchLogs = Effect.fnUntraced(function* (
  filter: LogFilter,
  range: { readonly sinceUnixMs: number; readonly untilUnixMs: number },
  limit: number,
): Effect.fn.Return<readonly LogRow[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const conditions = conditionsOf(filter).between('Timestamp', range.sinceUnixMs, range.untilUnixMs);
  const rows = yield* client.rows<Row>(
    `SELECT ${columns} FROM otel_logs WHERE ${conditions.where} ORDER BY Timestamp DESC LIMIT ${Math.floor(limit)}`,
    { parameters: conditions.parameters },
  );
  return rows.map(toLogRow).toReversed();
});

const pollEvery = '1 second';
/** Records may arrive this much later than their own time and are still shown. */
const latenessMs = 30_000;
const rowsPerPoll = 10_000;

/**
 * Records as they arrive, from `sinceUnixMs` on. Looks back over the last half minute each time, since batches of
 * different senders do not come in order, and shows each record once.
 */
export function followLogs(
  filter: LogFilter,
  sinceUnixMs: number,
): Stream.Stream<LogRow, QueryFailed | EngineUnavailable, QueryClient> {
  let shown = new Map<string, number>();
  const poll = Effect.gen(function* () {
    const client = yield* QueryClient;
    const now = yield* Clock.currentTimeMillis;
    const conditions = conditionsOf(filter).between(
      'Timestamp',
      Math.max(sinceUnixMs, now - latenessMs),
      now + latenessMs,
    );
    const rows = yield* client.rows<Row>(
      `SELECT ${columns}, toString(cityHash64(Timestamp, ServiceName, Body, TraceId, SpanId, LogAttributes, ResourceAttributes)) AS Key
FROM otel_logs WHERE ${conditions.where} ORDER BY Timestamp LIMIT ${rowsPerPoll}`,
      { parameters: conditions.parameters },
    );
    // Equal records are counted, not folded: two identical lines are two lines.
    const seen = new Map<string, number>();
    const fresh: LogRow[] = [];
    for (const row of rows) {
      const key = row.Key ?? '';
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      if (count > (shown.get(key) ?? 0)) fresh.push(toLogRow(row));
    }
    shown = seen;
    return fresh;
  });
  return Stream.fromEffectRepeat(poll.pipe(Effect.tap(() => Effect.sleep(pollEvery)))).pipe(
    Stream.flatMap((rows) => Stream.fromIterable(rows)),
  );
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
