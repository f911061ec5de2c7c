import { featureKinds } from '../../engine/domain/feature-row.ts';
import { limits } from '../../engine/domain/limits.ts';
import type { Prediction } from '../../engine/domain/prediction.ts';
import type { RequestFor } from '../state/data.ts';
import { number, ofServices, text, timeOrNull, type Panel, type Row } from './panel.ts';

const minute = 60_000;
const week = 7 * 24 * 60 * minute;

const unix = (column: string): string => `toFloat64(toUnixTimestamp64Milli(${column}))`;

/**
 * Open crossings and spent budgets, of each only the newest claim; and how claims of all kinds came out. Intervals are
 * there to measure the forecasts with: hundreds of them say nothing that presses.
 */
export function predictionsPanel(request: RequestFor<'predictions'>, nowMs: number): Panel<'predictions'> {
  const only = ofServices(request.services);
  const now = Math.floor(nowMs / minute) * minute;
  const made = 'Made >= fromUnixTimestamp64Milli({oldestMs:Int64})';
  const parameters = { oldestMs: now - limits.watch.openForMs, ...only.parameters };
  return {
    statements: [
      {
        sql: `SELECT * FROM (
  SELECT Id AS id, ${unix('Made')} AS madeMs, Claim AS claim, Kind AS kind, ServiceName AS service, Subject AS subject, Feature AS feature,
    Title AS title, Threshold AS threshold, Direction AS direction, ${unix('Earliest')} AS earliestMs, ${unix('LikelyAt')} AS likelyMs,
    ${unix('Latest')} AS latestMs, Probability AS probability
  FROM obs_predictions FINAL
  WHERE ${made} AND Claim != 'interval' AND Outcome = 'open'${only.sql}
  ORDER BY Made DESC
  LIMIT 1 BY kind, service, subject, feature, claim, threshold, direction)
ORDER BY coalesce(likelyMs, earliestMs, latestMs, inf), probability DESC, id
LIMIT ${limits.watch.predictions}`,
        parameters,
      },
      {
        sql: `SELECT toFloat64(countIf(Outcome = 'right')) AS right, toFloat64(countIf(Outcome = 'wrong')) AS wrong,
  toFloat64(countIf(Outcome = 'untold')) AS untold
FROM obs_predictions FINAL
WHERE ${made} AND Marked >= fromUnixTimestamp64Milli({weekAgoMs:Int64})${only.sql}`,
        parameters: { ...parameters, weekAgoMs: now - week },
      },
    ],
    decode: (rows = [], [record = {}] = []) => ({
      isKept: true,
      predictions: rows.map(predictionOf),
      record: { right: number(record, 'right'), wrong: number(record, 'wrong'), untold: number(record, 'untold') },
    }),
    withoutTables: { isKept: false, predictions: [], record: { right: 0, wrong: 0, untold: 0 } },
  };
}

function predictionOf(row: Row): Prediction {
  const direction = text(row, 'direction');
  return {
    id: text(row, 'id'),
    madeMs: number(row, 'madeMs'),
    series: {
      kind: featureKinds.find((kind) => kind === row['kind']) ?? 'service',
      service: text(row, 'service'),
      subject: text(row, 'subject'),
      feature: text(row, 'feature'),
    },
    kind: text(row, 'claim') === 'burn' ? 'burn' : 'crossing',
    title: text(row, 'title'),
    threshold: row['threshold'] === null ? null : number(row, 'threshold'),
    direction: direction === 'above' || direction === 'below' ? direction : null,
    atMs: null,
    low: null,
    likely: null,
    high: null,
    earliestMs: timeOrNull(row, 'earliestMs'),
    likelyMs: timeOrNull(row, 'likelyMs'),
    latestMs: timeOrNull(row, 'latestMs'),
    probability: number(row, 'probability'),
    outcome: 'open',
    markedMs: null,
    actual: null,
  };
}
