import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import type { Prediction } from '../../domain/prediction.ts';
import { OwnTables } from '../../store/own-tables.ts';
import { QueryClient } from '../../store/query-client.ts';
import { capacitySeries, type CapacitySeries } from './capacity/capacity-series.ts';
import { readCapacityStreams } from './capacity/read-streams.ts';
import { claimColumns, claimOf, claimRow, sameSeries, type ClaimColumns } from './claims/claim-rows.ts';
import { markCrossing, type Marked, open, type Reached, untold } from './claims/mark-crossing.ts';
import { claimedFeatures, claimStepMs } from './claims/interval-claims.ts';
import { burnReached } from './objectives/burn-reached.ts';
import { readGolden } from './series/golden-signals.ts';

type Failures = QueryFailed | EngineUnavailable;

/**
 * Marks claims whose time has come by what came, and writes them back. An interval: whether the window's value lies in
 * it. A crossing or a spent budget: right when it came between earliest and latest (where there is no latest: before
 * the end of what was looked at), wrong when it came earlier or that time is over. What nobody can tell any more, for
 * the series has ended or its data are gone, is untold.
 *
 * @returns the claims that were marked
 */
export const markPredictions = Effect.fnUntraced(function* (
  nowMs: number,
): Effect.fn.Return<readonly Prediction[], Failures, QueryClient | OwnTables> {
  const client = yield* QueryClient;
  const own = yield* OwnTables;
  const rows = yield* client.rows<ClaimColumns>(
    `SELECT ${claimColumns} FROM obs_predictions FINAL
WHERE Outcome = 'open' AND (Claim != 'interval' OR At <= fromUnixTimestamp64Milli({due:Int64}))
ORDER BY Claim = 'interval' DESC, Made, Id LIMIT ${limits.predict.markedAtOnce}`,
    { parameters: { due: nowMs - claimStepMs - 15_000 } },
  );
  const claims = rows.map(claimOf);
  const oldest = claims
    .filter(({ kind }) => kind === 'crossing')
    .reduce((least, { madeMs }) => Math.min(least, madeMs), nowMs);
  const series =
    oldest === nowMs ? [] : capacitySeries(yield* readCapacityStreams(nowMs - oldest + 2 * claimStepMs, nowMs));
  const marked: Prediction[] = [];
  for (const claim of claims) {
    const mark = yield* markOf(claim, series, nowMs);
    if (mark.outcome !== 'open') marked.push({ ...claim, ...mark, markedMs: nowMs });
    yield* Effect.yieldNow;
  }
  yield* own.insert('obs_predictions', marked.map(claimRow));
  return marked;
});

const markOf = Effect.fnUntraced(function* (
  claim: Prediction,
  series: readonly CapacitySeries[],
  nowMs: number,
): Effect.fn.Return<Marked, Failures, QueryClient> {
  switch (claim.kind) {
    case 'interval':
      return yield* markInterval(claim, nowMs);
    case 'crossing': {
      const found = series.find(({ name }) => sameSeries(name, claim.series));
      const times = found === undefined ? null : crossedAt(found, claim);
      return markCrossing(claim, times, nowMs);
    }
    case 'burn':
      return markCrossing(claim, yield* burnReached(claim, nowMs), nowMs);
  }
});

const markInterval = Effect.fnUntraced(function* (
  { series, atMs, low, high }: Prediction,
  nowMs: number,
): Effect.fn.Return<Marked, Failures, QueryClient> {
  const claimed = claimedFeatures.find(({ feature }) => feature === series.feature);
  if (claimed === undefined || atMs === null || low === null || high === null) return untold;
  const caller = { service: series.service, operation: series.kind === 'operation' ? series.subject : null };
  // With the hour before, so that a service that went silent has rate 0 there.
  const steps = { fromMs: atMs - 12 * claimStepMs, toMs: atMs + claimStepMs, stepMs: claimStepMs };
  const actual = (yield* readGolden(caller, steps))[claimed.signal].at(-1)! * claimed.times;
  if (!Number.isFinite(actual)) return nowMs - atMs > limits.predict.untoldAfterMs ? untold : open;
  return { outcome: actual >= low && actual <= high ? 'right' : 'wrong', actual };
});

function crossedAt({ values, startMs, stepMs }: CapacitySeries, { madeMs, threshold, direction }: Prediction): Reached {
  const first = Math.max(0, Math.ceil((madeMs - startMs) / stepMs));
  const isBeyond = (value: number): boolean => (direction === 'below' ? value <= threshold! : value >= threshold!);
  const at = values.findIndex((value, index) => index >= first && isBeyond(value));
  return {
    atMs: at < 0 ? null : startMs + at * stepMs,
    knownToMs: startMs + (values.findLastIndex(Number.isFinite) + 1) * stepMs,
    stepMs,
  };
}
