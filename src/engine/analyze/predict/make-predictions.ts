import { Clock, Effect } from 'effect';
import type { Objective } from '../../config/analyze-settings.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { capacitySeries } from './capacity/capacity-series.ts';
import { outlookOf } from './capacity/outlook.ts';
import { readCapacityStreams } from './capacity/read-streams.ts';
import { claimColumns, claimOf, claimRow, type ClaimColumns } from './claims/claim-rows.ts';
import { burnClaim, crossingClaim } from './claims/crossing-claims.ts';
import { intervalClaims } from './claims/interval-claims.ts';
import { isNewClaim } from './claims/standing.ts';
import { objectiveReport } from './objectives/objective-report.ts';
import { busiestServices } from './series/golden-signals.ts';

const hour = 3_600_000;
const callEveryMs = 600_000;

/** Series that a call surely gets to, and the share of what it may use that all of them together get. */
const seriesACall = 40;
const capacityShare = 0.6;

type Failures = QueryFailed | EngineUnavailable;

/**
 * Makes claims about what will be and writes them to `obs_predictions`: budgets that will be spent, what will be full,
 * and once an hour the golden signals of the busiest services an hour ahead. A call ends after two seconds of
 * CPU; what it did not get to is done by the next one. Between series others get their turn.
 *
 * @returns the claims that are new
 */
export const makePredictions = Effect.fnUntraced(function* (
  nowMs: number,
  objectives: readonly Objective[],
): Effect.fn.Return<readonly Prediction[], Failures, QueryClient | OwnTables> {
  const own = yield* OwnTables;
  const hasLeft = yield* allowance;
  const open = yield* openClaims;
  const made: Prediction[] = [];
  const write = (claims: readonly Prediction[]) => {
    made.push(...claims);
    return own.insert('obs_predictions', claims.map(claimRow));
  };
  const fresh = (claims: readonly (Prediction | null)[]): readonly Prediction[] =>
    claims.filter((claim) => claim !== null && isNewClaim(claim, open)) as readonly Prediction[];

  const burns: (Prediction | null)[] = [];
  for (const objective of objectives) {
    if (!(yield* hasLeft(1))) break;
    burns.push(burnClaim(yield* objectiveReport(objective, nowMs), nowMs));
    yield* Effect.yieldNow;
  }
  yield* write(fresh(burns));
  const crossings: (Prediction | null)[] = [];
  const series = (yield* hasLeft(1))
    ? capacitySeries(yield* readCapacityStreams(limits.predict.claimHistoryMs, nowMs))
    : [];
  // Each call begins further on, so that all get their turn where one call is too short for them.
  const turn = series.length === 0 ? 0 : (Math.floor(nowMs / callEveryMs) * seriesACall) % series.length;
  for (const one of [...series.slice(turn), ...series.slice(0, turn)].slice(0, limits.predict.capacitySeries)) {
    if (!(yield* hasLeft(capacityShare))) break;
    const outlook = outlookOf(one, limits.predict.claimHistoryMs);
    crossings.push(outlook === null ? null : crossingClaim(outlook, nowMs));
    yield* Effect.yieldNow;
  }
  yield* write(fresh(crossings));
  for (const service of yield* servicesToClaim(nowMs)) {
    if (!(yield* hasLeft(1))) break;
    yield* write(yield* intervalClaims(service, nowMs));
  }
  return made;
});

/** Whether less than a share of what a call may use is used: CPU of this process, and time. */
const allowance: Effect.Effect<(share: number) => Effect.Effect<boolean>> = Effect.gen(function* () {
  const startMs = yield* Clock.currentTimeMillis;
  const start = process.cpuUsage();
  return (share) =>
    Effect.map(Clock.currentTimeMillis, (time) => {
      const { user, system } = process.cpuUsage(start);
      const { callCpuMs, callMs } = limits.predict;
      return (user + system) / 1000 < share * callCpuMs && time - startMs < share * callMs;
    });
});

const openClaims: Effect.Effect<readonly Prediction[], Failures, QueryClient> = Effect.gen(function* () {
  const client = yield* QueryClient;
  const rows = yield* client.rows<ClaimColumns>(
    `SELECT ${claimColumns} FROM obs_predictions FINAL WHERE Outcome = 'open' AND Claim != 'interval'`,
  );
  return rows.map(claimOf);
});

/** The busiest services of the last hour of which nothing was claimed in this hour of the clock. */
const servicesToClaim = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<readonly string[], Failures, QueryClient> {
  const client = yield* QueryClient;
  const busiest = yield* busiestServices(nowMs - hour, nowMs, limits.predict.claimedServices);
  const claimed = yield* client.rows<{ readonly service: string }>(
    `SELECT DISTINCT ServiceName AS service FROM obs_predictions FINAL
WHERE Claim = 'interval' AND Made >= toDateTime64({from:UInt32}, 3) AND Made < toDateTime64({to:UInt32}, 3)`,
    {
      parameters: {
        from: (Math.floor(nowMs / hour) * hour) / 1000,
        to: (Math.floor(nowMs / hour) * hour + hour) / 1000,
      },
    },
  );
  const done = new Set(claimed.map(({ service }) => service));
  return busiest.filter((service) => !done.has(service));
});
