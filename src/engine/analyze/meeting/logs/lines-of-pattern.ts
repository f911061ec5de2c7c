import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../../domain/errors.ts';
import { limits } from '../../../domain/limits.ts';
import { readTraceId } from '../../../domain/trace-id.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { readKnownPatterns } from './known-patterns.ts';
import { messageSql } from './message-sql.ts';
import { createTemplateIndex, likeOf, templateOf, type Template } from './template-match.ts';

/** A line of a pattern. */
export interface PatternLine {
  /** RFC 3339, UTC. */
  readonly time: string;
  readonly timeMs: number;
  readonly service: string;
  readonly body: string;
  readonly traceId: string;
  /** Values of the template's parameters. */
  readonly parameters: readonly string[];
}

/** A pattern by its id. */
export interface FoundPattern {
  readonly id: string;
  readonly signal: 'logs' | 'traces';
  readonly service: string;
  readonly text: string;
  readonly example: string;
}

interface LineRow {
  readonly time: string;
  readonly timeMs: number;
  readonly service: string;
  readonly body: string;
  readonly message: string;
  readonly traceId: string;
}

type Failure = QueryFailed | EngineUnavailable;

/** Patterns whose id begins so; those that they turned out to be part of, for ids of before. */
export const findPatterns = Effect.fnUntraced(function* (
  idPrefix: string,
  service?: string,
): Effect.fn.Return<readonly FoundPattern[], Failure | BadInput, QueryClient> {
  const client = yield* QueryClient;
  const found = yield* client.rows<FoundPattern>(
    `SELECT Id AS id, Signal AS signal, ServiceName AS service, Text AS text, Example AS example
FROM obs_patterns FINAL WHERE MergedInto = '' AND ({service:String} = '' OR ServiceName = {service:String})
  AND (startsWith(Id, {id:String}) OR (Signal, ServiceName, Id) IN (
    SELECT Signal, ServiceName, MergedInto FROM obs_patterns FINAL WHERE startsWith(Id, {id:String})
  ))
ORDER BY service, id`,
    { parameters: { id: idPrefix.toLowerCase(), service: service ?? '' } },
  );
  const ids = new Set(found.map(({ id }) => id));
  if (ids.size === 1) return found;
  return yield* new BadInput({
    what: `Cannot use --pattern ${idPrefix}`,
    why: ids.size === 0 ? 'no stored pattern has that id' : 'the ids of several patterns begin so',
    hint: '`obs patterns` lists them',
  });
});

/** The newest lines of a pattern in a range, the oldest of them first. */
export const linesOfStoredPattern = Effect.fnUntraced(function* (
  { id, service, text }: FoundPattern,
  range: { readonly fromMs: number; readonly toMs: number },
  limit: number,
): Effect.fn.Return<readonly PatternLine[], Failure, QueryClient> {
  const find = yield* templatesOfServices([service]);
  const own = templateOf(id, text);
  const rows = yield* readLines('ServiceName = {service:String} AND message LIKE {like:String}', {
    service,
    like: likeOf(text),
    from: range.fromMs,
    to: range.toMs,
  });
  const lines: PatternLine[] = [];
  for (const row of rows) {
    if (lines.length >= limit) break;
    const parameters = own.match(row.message);
    // A more special pattern has lines that match this one too.
    if (parameters === null || (find(service)(row.message)?.id ?? id) !== id) continue;
    lines.push(lineOf(row, parameters));
  }
  return lines.toReversed();
});

/** The lines of a trace, the oldest first, each with its pattern; `null` for a line that no stored pattern fits. */
export const patternsOfTrace = Effect.fnUntraced(function* (
  asked: string,
): Effect.fn.Return<
  readonly { readonly line: PatternLine; readonly pattern: { readonly id: string; readonly text: string } | null }[],
  Failure | BadInput,
  QueryClient
> {
  const traceId = yield* readTraceId(asked);
  const client = yield* QueryClient;
  const [times] = yield* client.rows<{ fromMs: number; toMs: number }>(
    `SELECT toFloat64(toUnixTimestamp64Milli(min(Start))) AS fromMs, toFloat64(toUnixTimestamp64Milli(max(End))) AS toMs
FROM otel_traces_trace_id_ts WHERE TraceId = {trace:String} HAVING count() > 0`,
    { parameters: { trace: traceId } },
  );
  // Of a trace whose spans are not here the lines are looked for at any time: there is an index of ids.
  const rows = yield* readLines('TraceId = {trace:String}', {
    trace: traceId,
    from: times === undefined ? 0 : times.fromMs - aroundMs,
    to: times === undefined ? 4_000_000_000_000 : times.toMs + aroundMs,
  });
  const find = yield* templatesOfServices([...new Set(rows.map(({ service }) => service))]);
  return rows.toReversed().map((row) => {
    const pattern = find(row.service)(row.message);
    const line = lineOf(row, pattern?.match(row.message) ?? []);
    return { line, pattern: pattern === null ? null : { id: pattern.id, text: pattern.text } };
  });
});

/** Lines of a trace may be this far from its spans. */
const aroundMs = 10 * 60_000;

const templatesOfServices = Effect.fnUntraced(function* (
  services: readonly string[],
): Effect.fn.Return<(service: string) => (line: string) => Template | null, Failure, QueryClient> {
  const known = yield* readKnownPatterns(services);
  const indexes = new Map(
    [...known].map(([service, patterns]) => [
      service,
      createTemplateIndex(patterns.map(({ id, text }) => templateOf(id, text))),
    ]),
  );
  return (service) => indexes.get(service) ?? (() => null);
});

/** The newest first. */
const readLines = Effect.fnUntraced(function* (
  condition: string,
  parameters: Readonly<Record<string, string | number>>,
): Effect.fn.Return<readonly LineRow[], Failure, QueryClient> {
  const client = yield* QueryClient;
  return yield* client.rows<LineRow>(
    `SELECT formatDateTime(Timestamp, '%FT%T.%fZ') AS time, toFloat64(toUnixTimestamp64Milli(Timestamp)) AS timeMs,
  ServiceName AS service, Body AS body, ${messageSql} AS message, TraceId AS traceId
FROM otel_logs WHERE Timestamp >= fromUnixTimestamp64Milli({from:Int64}) AND Timestamp < fromUnixTimestamp64Milli({to:Int64})
  AND ${condition}
ORDER BY Timestamp DESC, message LIMIT {lines:UInt32}`,
    { parameters: { ...parameters, lines: limits.patterns.linesRead } },
  );
});

const lineOf = ({ time, timeMs, service, body, traceId }: LineRow, parameters: readonly string[]): PatternLine => ({
  time,
  timeMs,
  service,
  body,
  traceId,
  parameters,
});
