import { Effect } from 'effect';
import type { Objective } from '../../../config/analyze-settings.ts';
import type { EngineUnavailable, QueryFailed } from '../../../domain/errors.ts';
import { QueryClient } from '../../../store/query-client.ts';
import { callsOf } from '../series/golden-signals.ts';
import { slowCalls, slowPlace } from './slow-share.ts';

/** Calls, and how many of them were bad: failed, or too slow. */
export interface RequestCounts {
  readonly calls: number;
  readonly bad: number;
  /** Where failed calls may be among the slow ones: if all were, and if none was. `bad` takes it that they are as often slow as others. */
  readonly badLow: number;
  readonly badHigh: number;
}

interface Row {
  readonly at: number;
  readonly calls: string;
  readonly errors: string;
  readonly place: number;
}

const place = ({ latencyMs }: Objective): string => (latencyMs === null ? '0' : slowPlace);

const parametersOf = (objective: Objective, fromMs: number, toMs: number) => ({
  service: objective.service,
  operation: objective.operation ?? '',
  from: Math.max(0, Math.floor(fromMs / 1000)),
  to: Math.floor(toMs / 1000),
  limitNs: (objective.latencyMs ?? 0) * 1e6,
});

/** Counts of the calls since each of the spans of time before `toMs`, which is a whole minute. */
export const countsOfSpans = Effect.fnUntraced(function* (
  objective: Objective,
  spansMs: readonly number[],
  toMs: number,
): Effect.fn.Return<readonly RequestCounts[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { table, where } = callsOf(objective, 60_000);
  const spans = spansMs.map((ms) => Math.round(ms / 1000));
  const rows = yield* client.rows<Row>(
    `SELECT span AS at, sum(Calls) AS calls, sum(Errors) AS errors, toUInt32(${place(objective)}) AS place
FROM ${table} ARRAY JOIN {spans:Array(UInt32)} AS span
WHERE ${where} AND Time >= toDateTime({to:UInt32} - span) GROUP BY at`,
    { parameters: { ...parametersOf(objective, toMs - Math.max(...spansMs), toMs), spans } },
  );
  const bySpan = new Map(rows.map((row) => [row.at, countsOf(row)]));
  return spans.map((span) => bySpan.get(span) ?? { calls: 0, bad: 0, badLow: 0, badHigh: 0 });
});

/** Counts by step, by Unix seconds of their start; steps without a call are not there. */
export const countsOfSteps = Effect.fnUntraced(function* (
  objective: Objective,
  steps: { readonly fromMs: number; readonly toMs: number; readonly stepMs: number },
): Effect.fn.Return<ReadonlyMap<number, RequestCounts>, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const { table, where } = callsOf(objective, 60_000);
  const rows = yield* client.rows<Row>(
    `SELECT toUInt32(intDiv(toUnixTimestamp(Time), {step:UInt32}) * {step:UInt32}) AS at, sum(Calls) AS calls, sum(Errors) AS errors,
  toUInt32(${place(objective)}) AS place
FROM ${table} WHERE ${where} GROUP BY at`,
    { parameters: { ...parametersOf(objective, steps.fromMs, steps.toMs), step: steps.stepMs / 1000 } },
  );
  return new Map(rows.map((row) => [row.at, countsOf(row)]));
});

function countsOf({ calls: callsText, errors: errorsText, place }: Row): RequestCounts {
  const [calls, errors] = [Number(callsText), Number(errorsText)];
  const slow = slowCalls(place, calls);
  return {
    calls,
    bad: calls === 0 ? 0 : errors + slow * (1 - errors / calls),
    badLow: Math.max(errors, slow),
    badHigh: Math.min(calls, errors + slow),
  };
}
