import { Effect } from 'effect';
import { BadInput, type EngineUnavailable, type QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import { selfServiceName } from '../../domain/self-service.ts';
import { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { environmentSql } from '../load/load-environments.ts';
import type { Side, TimeRange } from '../question.ts';
import { textList, type OperationKey } from '../sql.ts';
import { during } from '../time-sql.ts';

/** A version as people name it; of a deployment in a time and an environment of its own. */
export type VersionSide = Extract<Side, { readonly side: 'version' }> & {
  readonly range?: TimeRange;
  readonly environment?: string;
};

/** Traces that pass through a service in a time; see `passingSides`. */
export interface PassingSide {
  readonly side: 'passing';
  readonly service: string;
  readonly range: TimeRange;
  readonly label: string;
  /** Condition on spans, without a time. */
  readonly where: string;
  /** Root operations whose traces all count, so that the condition holds for their root spans. */
  readonly roots: readonly OperationKey[];
}

/** What people type, and what a question about a change comes to. */
export type ChosenSide = Exclude<Side, { readonly side: 'version' }> | VersionSide | PassingSide;

/** Traces that stand for one side of a comparison. */
export interface SideTraces {
  /** As it was asked; absent where a side is what the other one is not. */
  readonly side?: ChosenSide;
  readonly label: string;
  /** Which spans belong to the side, as a condition on otel_traces; it holds a time range. */
  readonly where: string;
  readonly range: TimeRange;
  readonly traceIds: readonly string[];
}

type Failure = BadInput | QueryFailed | EngineUnavailable;
type Loading<A> = Effect.Effect<A, Failure, QueryClient>;

/** A time as people read it, in UTC. */
const clock = (unixMs: number): string => new Date(unixMs).toISOString().slice(11, 19);

/** @param within where sides that name no time are looked for. @param operation of whose traces alone */
export const readSide = Effect.fnUntraced(function* (
  side: ChosenSide,
  within: TimeRange,
  operation?: OperationKey,
): Effect.fn.Return<SideTraces, Failure, QueryClient> {
  const { label, where, range } = yield* conditionOf(side, within);
  const client = yield* QueryClient;
  const of =
    operation === undefined
      ? ''
      : ` AND TraceId IN (SELECT TraceId FROM otel_traces WHERE ${during(range)} AND ParentSpanId = '' AND ServiceName = ${quoteText(operation.service)} AND SpanName = ${quoteText(operation.operation)})`;
  const rows = yield* client.rows<{ readonly id: string }>(
    `SELECT TraceId AS id FROM otel_traces WHERE ${where}${of} AND TraceId != '' AND ServiceName != ${quoteText(selfServiceName)}
GROUP BY id ORDER BY cityHash64(id), id LIMIT ${limits.explain.sideTraces}`,
  );
  return { side, label, where, range, traceIds: rows.map(({ id }) => id) };
});

const conditionOf = (side: ChosenSide, within: TimeRange): Loading<Pick<SideTraces, 'label' | 'where' | 'range'>> => {
  switch (side.side) {
    case 'trace':
      return Effect.map(timeOfTraces([side.traceId]), (range) => ({
        label: `trace ${side.traceId.slice(0, 8)}`,
        where: `${during(range)} AND TraceId = ${quoteText(side.traceId)}`,
        range,
      }));
    case 'time':
      return Effect.succeed({
        label: `${clock(side.range.fromMs)} to ${clock(side.range.toMs)}`,
        where: during(side.range),
        range: side.range,
      });
    case 'version': {
      const { range } = side;
      return range === undefined
        ? Effect.map(timeOfVersion(side.service, side.version, within), (seen) => versionCondition(side, seen))
        : Effect.succeed(versionCondition(side, range));
    }
    case 'passing':
      return Effect.succeed({
        label: side.label,
        where: `${during(side.range)} AND ${side.where}`,
        range: side.range,
      });
    case 'attribute':
      return Effect.succeed({
        label: `${printable(side.key)}=${printable(side.value)}`,
        where: `${during(within)} AND (SpanAttributes[${quoteText(side.key)}] = ${quoteText(side.value)} OR ResourceAttributes[${quoteText(side.key)}] = ${quoteText(side.value)})`,
        range: within,
      });
  }
};

/** Spans of the version in the time. */
export const versionCondition = (
  { service, version, environment }: VersionSide,
  range: TimeRange,
): Pick<SideTraces, 'label' | 'where' | 'range'> => ({
  label: `${printable(service)} ${printable(version)}`,
  where: `${during(range)} AND ServiceName = ${quoteText(service)} AND ResourceAttributes['service.version'] = ${quoteText(version)}${inEnvironment(environment)}`,
  range,
});

/** Nothing where none is named. */
export const inEnvironment = (environment: string | undefined): string =>
  environment === undefined ? '' : ` AND ${environmentSql} = ${quoteText(environment)}`;

/** From the first start of the traces to behind their last. */
export const timeOfTraces = (traceIds: readonly string[]): Loading<TimeRange> =>
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const [row] = yield* client.rows<{
      readonly fromMs: number;
      readonly toMs: number;
      readonly found: string | number;
    }>(
      `SELECT toFloat64(toUnixTimestamp64Milli(min(Start))) AS fromMs, toFloat64(toUnixTimestamp64Milli(max(End))) AS toMs, count() AS found
FROM otel_traces_trace_id_ts WHERE TraceId IN ${textList(traceIds)} LIMIT 1`,
    );
    if (row !== undefined && Number(row.found) > 0) return { fromMs: row.fromMs, toMs: row.toMs + 1 };
    return yield* new BadInput({
      what: 'There is nothing to compare',
      why: `the store holds no span of ${traceIds.length === 1 ? `trace ${traceIds[0]}` : 'these traces'}`,
      hint: 'List some with `obs traces`',
    });
  });

/** When a version was seen, at most as long as `within`, up to its last span. */
const timeOfVersion = (service: string, version: string, within: TimeRange): Loading<TimeRange> =>
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const rows = yield* client.rows<{ readonly version: string; readonly fromMs: number; readonly toMs: number }>(
      `SELECT ServiceVersion AS version, toFloat64(toUnixTimestamp64Milli(min(FirstSeen))) AS fromMs,
  toFloat64(toUnixTimestamp64Milli(max(LastSeen))) AS toMs
FROM obs_service_instances WHERE ServiceName = ${quoteText(service)} GROUP BY version ORDER BY toMs DESC, version LIMIT 50`,
    );
    const row = rows.find((one) => one.version === version);
    if (row !== undefined) {
      return { fromMs: Math.max(row.fromMs, row.toMs - (within.toMs - within.fromMs)), toMs: row.toMs + 1 };
    }
    const seen = rows.map((one) => printable(one.version)).filter((name) => name !== '');
    return yield* new BadInput({
      what: `There is no version ${printable(version)} of ${printable(service)}`,
      why: rows.length === 0 ? 'no span of that service was received' : 'no span of it was received',
      hint: seen.length === 0 ? 'Set `service.version` in its resource' : `It has ${seen.slice(0, 5).join(', ')}`,
    });
  });
