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

type Failures = QueryFailed | EngineUnavailable;

/**
 * Makes claims about what will be and writes them to `obs_predictions`: budgets that will be spent, what will be full,
 * and once an hour the golden signals of the busiest services an hour ahead. A call ends after two seconds; what it did
 * not get to is done by the next one. Between series others get their turn.
 *
 * @returns the claims that are new
 */
export const makePredictions = Effect.fnUntraced(function* (
  nowMs: number,
  objectives: readonly Objective[],
): Effect.fn.Return<readonly Prediction[], Failures, QueryClient | OwnTables> {
  const own = yield* OwnTables;
  const end = (yield* Clock.currentTimeMillis) + limits.predict.callMs;
  const hasTime = Effect.map(Clock.currentTimeMillis, (time) => time < end);
  const open = yield* openClaims;
  const claims: Prediction[] = [];
  const take = (claim: Prediction | null): void => {
    if (claim !== null && isNewClaim(claim, open)) claims.push(claim);
  };
  for (const objective of objectives) {
    if (!(yield* hasTime)) break;
    take(burnClaim(yield* objectiveReport(objective, nowMs), nowMs));
    yield* Effect.yieldNow;
  }
  const hourly = yield* servicesToClaim(nowMs);
  for (const service of hourly) {
    if (!(yield* hasTime)) break;
    claims.push(...(yield* intervalClaims(service, nowMs)));
  }
  const series = capacitySeries(yield* readCapacityStreams(limits.predict.claimHistoryMs, nowMs));
  // What was not got to last time is what the next one begins with.
  const turn = series.length === 0 ? 0 : Math.floor(nowMs / 600_000) % series.length;
  for (const one of [...series.slice(turn), ...series.slice(0, turn)].slice(0, limits.predict.capacitySeries)) {
    if (!(yield* hasTime)) break;
    const outlook = outlookOf(one, limits.predict.claimHistoryMs);
    if (outlook !== null) take(crossingClaim(outlook, nowMs));
    yield* Effect.yieldNow;
  }
  yield* own.insert('obs_predictions', claims.map(claimRow));
  return claims;
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
