import type { Prediction } from '../../../domain/prediction.ts';
import { sameSeries } from './claim-rows.ts';

const hour = 3_600_000;

/**
 * Whether a crossing that is found again is a claim of its own. While an open claim of the same series and threshold
 * stands it is not: only when the likely time has left what that claim said (and by more than an hour), or a quarter of
 * the time that it gave has gone by, an hour at least. So a disk that is full in eight days is claimed again after two, and
 * what is full in two hours not before one.
 */
export function isNewClaim(found: Prediction, open: readonly Prediction[]): boolean {
  const standing = open
    .filter(
      (claim) =>
        claim.kind === found.kind && claim.threshold === found.threshold && sameSeries(claim.series, found.series),
    )
    .toSorted((a, b) => b.madeMs - a.madeMs)[0];
  if (standing === undefined) return true;
  const given = (standing.likelyMs ?? standing.atMs ?? standing.madeMs) - standing.madeMs;
  if (found.madeMs - standing.madeMs >= Math.max(hour, given / 4)) return true;
  const likely = found.likelyMs ?? found.madeMs;
  const [from, to] = [standing.earliestMs ?? 0, standing.latestMs ?? standing.atMs ?? Number.POSITIVE_INFINITY];
  return likely < from - hour || likely > to + hour;
}
