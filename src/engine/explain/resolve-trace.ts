import { Clock, Effect } from 'effect';
import { BadInput, type TraceNotFound, type EngineUnavailable, type QueryFailed } from '../domain/errors.ts';
import { parseMoment } from '../domain/time-range.ts';
import { tracesByPrefixQuery } from '../store/queries.ts';
import { QueryClient } from '../store/query-client.ts';
import { quoteText } from '../store/sql-text.ts';
import { quoted } from './format.ts';
import { aheadRange, aheadText, loadAhead } from './load/load-ahead.ts';
import { textList } from './sql.ts';
import { during } from './time-sql.ts';
import { traceIdDigits, traceIdIn } from './trace-id-text.ts';
import { traceNotFound } from './trace-not-found.ts';

/** Which trace is meant: an id or the beginning of one, or the one that stands out in a time range. */
export type TraceChoice =
  | { readonly by: 'id'; readonly id: string }
  | {
      readonly by: 'latest' | 'slowest' | 'errors';
      readonly sinceUnixMs: number;
      readonly untilUnixMs?: number;
      /** With a span of one of them; empty for all. */
      readonly services: readonly string[];
    };

/** obs reports on itself under this name; "the slowest trace" means one of the user's. */
const ownService = 'obs';
const mostCandidates = 10;
/** Characters of what was typed that a message repeats. */
const mostShown = 80;
const digitsOf64Bits = 16;

/** Reads what was typed: an id, or which trace of the time since then. */
export const readChoice = Effect.fnUntraced(function* (typed: {
  readonly id: string | undefined;
  readonly by: 'latest' | 'slowest' | 'errors' | undefined;
  readonly since: string;
  readonly until?: string | undefined;
  readonly services: readonly string[];
}): Effect.fn.Return<TraceChoice, BadInput> {
  const { id, by, services } = typed;
  if ((id === undefined) === (by === undefined)) {
    return yield* new BadInput({
      what: id === undefined ? 'No trace was named' : 'Two traces were named',
      why: id === undefined ? 'neither a trace id nor a flag says which one' : `both ${id} and --${by}`,
      hint: 'obs explain <trace-id>, or one of --latest, --slowest and --errors',
    });
  }
  if (id !== undefined) return { by: 'id', id };
  const now = yield* Clock.currentTimeMillis;
  const until = typed.until === undefined ? {} : { untilUnixMs: yield* parseMoment(typed.until, now) };
  return { by: by!, sinceUnixMs: yield* parseMoment(typed.since, now), ...until, services };
});

export const resolveTrace = Effect.fnUntraced(function* (
  choice: TraceChoice,
): Effect.fn.Return<string, TraceNotFound | BadInput | QueryFailed | EngineUnavailable, QueryClient> {
  return yield* choice.by === 'id' ? byId(choice.id) : standingOut(choice);
});

const byId = Effect.fnUntraced(function* (asked: string) {
  const client = yield* QueryClient;
  const id = traceIdIn(asked);
  if (id === null || id.length > traceIdDigits) {
    return yield* new BadInput({
      what: `${quoted(asked.length > mostShown ? `${asked.slice(0, mostShown)}…` : asked)} is no trace id`,
      why: `a trace id is ${traceIdDigits} hex digits, or the first few of them${id === null ? '' : `; these are ${id.length}`}`,
      hint: 'List some with `obs traces`, or use --latest, --slowest or --errors',
    });
  }
  const query = tracesByPrefixQuery(id, mostCandidates + 1);
  const found = [...(yield* client.rows<{ readonly TraceId: string }>(query.sql, { parameters: query.parameters }))];
  if (id.length < traceIdDigits) {
    // 64-bit ids are kept with zeros before them, and some tools leave out all zeros that lead.
    const padded = tracesByPrefixQuery(id.padStart(traceIdDigits, '0'), 1);
    const whole = yield* client.rows<{ readonly TraceId: string }>(padded.sql, { parameters: padded.parameters });
    if (whole[0] !== undefined && id.length >= digitsOf64Bits - 1) return whole[0].TraceId;
    found.push(...whole.filter(({ TraceId }) => found.every((other) => other.TraceId !== TraceId)));
  }
  if (found.length === 1) return found[0]!.TraceId;
  if (found.length === 0) return yield* traceNotFound(id);
  const shown = found.slice(0, mostCandidates).map(({ TraceId }) => TraceId);
  return yield* new BadInput({
    what: `${found.length > mostCandidates ? `More than ${mostCandidates}` : found.length} traces begin with ${id}`,
    why: `these do${found.length > mostCandidates ? ', and others' : ''}, the newest first:${shown.map((one) => `\n  ${one}`).join('')}`,
    hint: `obs explain ${shown[0]}`,
  });
});

const standingOut = Effect.fnUntraced(function* (choice: Exclude<TraceChoice, { readonly by: 'id' }>) {
  const client = yield* QueryClient;
  const now = yield* Clock.currentTimeMillis;
  const until = choice.untilUnixMs ?? now + 60_000;
  const range = during({ fromMs: choice.sinceUnixMs, toMs: until });
  const of =
    choice.services.length === 0
      ? `ServiceName != ${quoteText(ownService)}`
      : `TraceId IN (SELECT TraceId FROM otel_traces WHERE ${range} AND ServiceName IN ${textList(choice.services)})`;
  const [found] = yield* client.rows<{ readonly TraceId: string }>(sqlFor[choice.by](`${range} AND ${of}`));
  if (found !== undefined) return found.TraceId;
  const ahead = choice.untilUnixMs === undefined ? yield* loadAhead(now) : [];
  return yield* new BadInput({
    what: `No trace to explain${choice.by === 'errors' ? ' that failed' : ''}`,
    why: `none was received since ${new Date(choice.sinceUnixMs).toISOString()}${choice.services.length === 0 ? '' : ` with a span of ${choice.services.join(' or ')}`}${ahead.length === 0 ? '' : `; spans of the future came from ${aheadText(ahead)}`}`,
    hint:
      ahead.length === 0
        ? 'Look further back with --since 24h, or check `obs status`'
        : `Synchronise the clocks (NTP); for now: obs explain --${choice.by} ${aheadRange(ahead)}`,
  });
});

/** By root spans, where latency is; errors by how far they got, then by how many, then by the newest. */
const sqlFor = {
  latest: (where: string) =>
    `SELECT TraceId FROM otel_traces WHERE ${where} AND ParentSpanId = '' ORDER BY Timestamp DESC, TraceId LIMIT 1`,
  slowest: (where: string) =>
    `SELECT TraceId FROM otel_traces WHERE ${where} AND ParentSpanId = '' ORDER BY Duration DESC, TraceId LIMIT 1`,
  errors: (where: string) =>
    `SELECT TraceId, countIf(ParentSpanId = '') > 0 AS reachedRoot, count() AS errors, max(Timestamp) AS last
FROM otel_traces WHERE ${where} AND StatusCode = 'Error' AND TraceId != ''
GROUP BY TraceId ORDER BY reachedRoot DESC, errors DESC, last DESC, TraceId LIMIT 1`,
} as const;
