import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { QueryClient } from '../../store/query-client.ts';
import { claimColumns, claimOf, type ClaimColumns } from './claims/claim-rows.ts';

/** Claims, the newest first. */
export const readPredictions = Effect.fnUntraced(function* ({
  openOnly = false,
  limit,
}: {
  readonly openOnly?: boolean;
  readonly limit: number;
}): Effect.fn.Return<readonly Prediction[], QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const rows = yield* client.rows<ClaimColumns>(
    `SELECT ${claimColumns} FROM obs_predictions FINAL${openOnly ? " WHERE Outcome = 'open'" : ''}
ORDER BY Made DESC, Id LIMIT {limit:UInt32}`,
    { parameters: { limit } },
  );
  return rows.map(claimOf);
});

export interface PredictionSummary {
  /** Crossings and spent budgets that may still come, of each the newest claim, the most pressing first. */
  readonly open: readonly Prediction[];
  /** Claims of all kinds that were marked within the week. */
  readonly right: number;
  readonly wrong: number;
  readonly untold: number;
  /** When the first claim of all was made, Unix milliseconds; 0: none was. */
  readonly sinceMs: number;
}

/** How many open claims a summary has at most, and over how many days it counts outcomes. */
const mostOpen = 100;
const countedDays = 7;

/** What presses, and how well earlier claims did: for `obs status` and `watch`. */
export const predictionSummary: Effect.Effect<PredictionSummary, QueryFailed | EngineUnavailable, QueryClient> =
  Effect.gen(function* () {
    const client = yield* QueryClient;
    const open = yield* client.rows<ClaimColumns>(
      `SELECT * FROM (SELECT ${claimColumns} FROM obs_predictions FINAL
  WHERE Outcome = 'open' AND Claim != 'interval' ORDER BY Made DESC, Id
  LIMIT 1 BY Claim, Kind, ServiceName, Subject, Feature, Threshold)
ORDER BY coalesce(likelyMs, earliestMs, inf), probability DESC, id LIMIT ${mostOpen}`,
    );
    const [counts] = yield* client.rows<Record<'right' | 'wrong' | 'untold' | 'sinceMs', number>>(
      `SELECT toFloat64(countIf(Outcome = 'right' AND recent)) AS right, toFloat64(countIf(Outcome = 'wrong' AND recent)) AS wrong,
  toFloat64(countIf(Outcome = 'untold' AND recent)) AS untold,
  if(count() = 0, 0., toFloat64(toUnixTimestamp64Milli(min(Made)))) AS sinceMs
FROM (SELECT *, ifNull(Marked >= now64(3) - INTERVAL ${countedDays} DAY, 0) AS recent FROM obs_predictions FINAL)`,
    );
    return { open: open.map(claimOf), ...(counts ?? { right: 0, wrong: 0, untold: 0, sinceMs: 0 }) };
  });
