import { type OwnTable, versionColumn } from './table.ts';

/** Claims about what will be, each marked right or wrong when its time has come; see docs/prediction.md. */
export const predictionsTable: OwnTable = {
  name: 'obs_predictions',
  timeColumn: 'Made',
  partitions: 'months',
  keptDays: 400,
  orderBy: 'Made, Id',
  columns: [
    ['Id', 'String', 'id of this claim'],
    ['Made', 'DateTime64(3)', 'when it was made'],
    ['Claim', 'LowCardinality(String)', 'interval, crossing or burn'],
    ['Kind', 'LowCardinality(String)', 'of the series: service, operation, host, metric or edge'],
    ['ServiceName', 'LowCardinality(String)', 'service; empty for a host'],
    ['Subject', 'LowCardinality(String)', 'as in obs_features'],
    ['Feature', 'LowCardinality(String)', 'as in obs_features; of a crossing share or length, of a burn the objective'],
    ['Title', 'String', 'what people call it'],
    ['Threshold', 'Nullable(Float64)', 'of a crossing; 1 of a burn: the whole budget'],
    ['Direction', 'LowCardinality(String)', 'of a crossing or burn: above or below; empty else'],
    [
      'At',
      'Nullable(DateTime64(3))',
      'of an interval: start of the window of ten minutes; else up to when it was looked',
    ],
    ['Low', 'Nullable(Float64)', 'of an interval: bounds and middle'],
    ['Likely', 'Nullable(Float64)', 'of an interval: bounds and middle'],
    ['High', 'Nullable(Float64)', 'of an interval: bounds and middle'],
    ['Earliest', 'Nullable(DateTime64(3))', 'of a crossing or burn'],
    ['LikelyAt', 'Nullable(DateTime64(3))', 'of a crossing or burn'],
    ['Latest', 'Nullable(DateTime64(3))', 'of a crossing or burn; NULL: perhaps never'],
    ['Probability', 'Float64', 'how sure, 0 to 1'],
    ['Outcome', 'LowCardinality(String)', 'open, right, wrong or untold'],
    ['Marked', 'Nullable(DateTime64(3))', 'when the outcome was told'],
    ['Actual', 'Nullable(Float64)', 'what came: the value, or Unix milliseconds of the crossing'],
    versionColumn,
  ],
};
