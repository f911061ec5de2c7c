import { createHash } from 'node:crypto';
import type { SeriesName } from '../../../domain/anomaly.ts';
import { featureKinds } from '../../../domain/feature-row.ts';
import { predictionOutcomes, type Prediction } from '../../../domain/prediction.ts';
import type { OwnRow } from '../../../store/own-tables.ts';

/** The same claim, made twice, has one id: what it is of, and when it was made or what time it is of. */
export function claimId(
  kind: Prediction['kind'],
  series: SeriesName,
  threshold: number | null,
  timeMs: number,
): string {
  const named = [kind, series.kind, series.service, series.subject, series.feature, threshold, timeMs];
  return createHash('sha256').update(JSON.stringify(named)).digest('hex').slice(0, 16);
}

export function claimRow(claim: Prediction): OwnRow {
  return {
    Id: claim.id,
    Made: timeText(claim.madeMs),
    Claim: claim.kind,
    Kind: claim.series.kind,
    ServiceName: claim.series.service,
    Subject: claim.series.subject,
    Feature: claim.series.feature,
    Title: claim.title,
    Threshold: claim.threshold,
    Direction: claim.direction ?? '',
    At: timeText(claim.atMs),
    Low: claim.low,
    Likely: claim.likely,
    High: claim.high,
    Earliest: timeText(claim.earliestMs),
    LikelyAt: timeText(claim.likelyMs),
    Latest: timeText(claim.latestMs),
    Probability: claim.probability,
    Outcome: claim.outcome,
    Marked: timeText(claim.markedMs),
    Actual: claim.actual,
  };
}

/** As DateTime64(3) reads it; UTC is the engine's time zone. */
function timeText(unixMs: number): string;
function timeText(unixMs: number | null): string | null;
function timeText(unixMs: number | null): string | null {
  return unixMs === null ? null : (unixMs / 1000).toFixed(3);
}

const unix = (column: string): string => `toFloat64(toUnixTimestamp64Milli(${column}))`;

/** What a claim is read by; `FROM obs_predictions FINAL` follows. */
export const claimColumns = `Id AS id, ${unix('Made')} AS madeMs, Claim AS kind, Kind AS seriesKind, ServiceName AS service,
  Subject AS subject, Feature AS feature, Title AS title, Threshold AS threshold, Direction AS direction,
  ${unix('At')} AS atMs, Low AS low, Likely AS likely, High AS high, ${unix('Earliest')} AS earliestMs,
  ${unix('LikelyAt')} AS likelyMs, ${unix('Latest')} AS latestMs, Probability AS probability, Outcome AS outcome,
  ${unix('Marked')} AS markedMs, Actual AS actual`;

type Plain = Omit<Prediction, 'series' | 'kind' | 'direction' | 'outcome'>;
export type ClaimColumns = Plain & {
  readonly kind: string;
  readonly seriesKind: string;
  readonly service: string;
  readonly subject: string;
  readonly feature: string;
  readonly direction: string;
  readonly outcome: string;
};

export function claimOf(row: ClaimColumns): Prediction {
  const { seriesKind, service, subject, feature, kind, direction, outcome, ...plain } = row;
  return {
    ...plain,
    series: { kind: featureKinds.find((known) => known === seriesKind) ?? 'metric', service, subject, feature },
    kind: kind === 'interval' || kind === 'burn' ? kind : 'crossing',
    direction: direction === 'above' || direction === 'below' ? direction : null,
    outcome: predictionOutcomes.find((known) => known === outcome) ?? 'untold',
  };
}

/** Whether two claims are of the same series. */
export function sameSeries(a: SeriesName, b: SeriesName): boolean {
  return a.kind === b.kind && a.service === b.service && a.subject === b.subject && a.feature === b.feature;
}
