import { blameFlow, type Blame } from './graph/blame-flow.ts';
import { callGraph, downstreamOf } from './graph/call-graph.ts';
import { carriedShares } from './graph/carried.ts';
import { learnedCalls } from './graph/learned-calls.ts';
import type { Alarm, CauseInput, Onset } from './input.ts';
import { alarmRowOf, weighRows, type Rows } from './metrics/abnormal-rows.ts';
import { callStatsOf, type CallStats } from './metrics/call-stats.ts';
import { errorExcess, latencyExcess, wasCalled, type Excess } from './metrics/excess.ts';
import { onsetOf } from './metrics/onset.ts';
import { knownShare, sampleSpread, sureExcess } from './metrics/sureness.ts';
import { usualOf, type Usual } from './metrics/usual.ts';

/** One entity that the alarmed one depends on, or itself. */
export interface Suspect {
  readonly entity: number;
  readonly blame: Blame;
  readonly excess: Excess | undefined;
  readonly onset: Onset | null;
  /** Weighted requests, whether slower or not. */
  readonly requests: number;
  readonly hasCallees: boolean;
}

export interface ByCalls {
  /** Nobody said who calls whom: it was learned. */
  readonly learned: boolean;
  /** By entity, whether it has requests, latency or errors. */
  readonly measured: readonly boolean[];
  readonly rows: Rows;
  /** In the order of calls. */
  readonly suspects: readonly Suspect[];
}

/**
 * Follows the calls from the alarmed entity: how much of its trouble each dependency carries, by excess latency or
 * errors. Where no calls are known at all they are learned. Undefined where the alarmed entity has no such metric, or
 * nobody else has any.
 */
export function followCalls(input: CauseInput, alarm: Alarm): ByCalls | undefined {
  const { entities, metrics } = input;
  const stats = callStatsOf(input);
  const own = stats[alarm.entity];
  const measured = own !== undefined && own.recent[alarm.kind].some((value) => !Number.isNaN(value));
  if (metrics === undefined || !measured) return undefined;
  const learned = input.calls.length === 0;
  const calls = learned ? learnedCalls(input, stats, alarm) : input.calls;
  if (calls.length === 0) return undefined;
  const graph = callGraph(entities.length, calls);

  const recentMs = metrics.recentMs;
  const count = own.recent.requests.length;
  const usual = stats.map((each) => (each === undefined ? undefined : usualOf(each.history)));
  const alarmRow = alarmRowOf(count, recentMs, input.alarmAt);
  const rows = weighRows(own.recent, usual[alarm.entity], alarm.kind, alarmRow, recentMs, count);
  const downstream = downstreamOf(graph, alarm.entity, (entity) => {
    const each = stats[entity];
    return each !== undefined && wasCalled(each, usual[entity]!, rows);
  });
  const excess = new Map<number, Excess>();
  for (const entity of downstream.order) {
    const each = stats[entity];
    if (each !== undefined)
      excess.set(entity, (alarm.kind === 'latency' ? latencyExcess : errorExcess)(each, usual[entity]!, rows));
  }
  const carried = carriedShares(alarm.entity, downstream, (entity) => excess.get(entity));
  const blame = blameFlow(alarm.entity, downstream, (entity) => {
    const each = excess.get(entity);
    if (each === undefined) return { excess: 0, spread: 0, known: 1 };
    return {
      excess: sureExcess(each) * (carried.get(entity) ?? 1),
      spread: sampleSpread(each, alarm.kind),
      known: knownShare(each),
    };
  });
  const timeOf = (row: number): number => recentMs?.[row] ?? row;
  return {
    learned,
    measured: stats.map((each) => each !== undefined),
    rows,
    suspects: downstream.order.map((entity) => ({
      entity,
      blame: blame.get(entity)!,
      excess: excess.get(entity),
      onset: onsetOf(deviationRows(stats[entity], usual[entity], excess.get(entity), alarm.kind), timeOf),
      requests: excess.get(entity)?.requests ?? 0,
      hasCallees: graph.callees[entity]!.length > 0,
    })),
  };
}

/** Every recent row's distance from the usual, in standard deviations. */
function deviationRows(
  stats: CallStats | undefined,
  usual: Usual | undefined,
  excess: Excess | undefined,
  kind: Alarm['kind'],
): Float64Array {
  if (stats === undefined || usual === undefined || excess === undefined) return new Float64Array();
  const { requests, latency, errors } = stats.recent;
  const share = Math.max(excess.usual, (usual.errors + 0.5) / (usual.requests + 1));
  return requests.map((count, row) => {
    if (!(count > 0)) return Number.NaN;
    if (kind === 'latency') {
      const deviation = excess.usual * usual.spread * Math.sqrt(Math.max(1, usual.requestsPerRow / count));
      return (latency[row]! - excess.usual) / Math.max(deviation, 1e-12);
    }
    const variance = usual.overdispersion * count * share * (1 - share) + 0.25;
    return (errors[row]! - count * excess.usual) / Math.sqrt(variance);
  });
}
