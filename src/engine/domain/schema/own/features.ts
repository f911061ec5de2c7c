import { type OwnTable, versionColumn } from './table.ts';

/** One row a window and subject; see docs/features.md. */
export const featuresTable: OwnTable = {
  name: 'obs_features',
  timeColumn: 'Time',
  partitions: 'days',
  keptDays: 30,
  // The newest windows of all subjects are read every few seconds, and hours of one series: rows of 60 windows lie
  // together, by subject, in granules of about one service each.
  orderBy: 'Seconds, intDiv(toUnixTimestamp(Time), Seconds * 60), ServiceName, Kind, Subject, Time',
  granularity: 1024,
  columns: [
    ['Time', 'DateTime', 'start of the window', 'Delta(4), ZSTD(1)'],
    ['Seconds', 'UInt16', 'length of the window: 10, 60 or 600'],
    ['Kind', 'LowCardinality(String)', 'service, operation, host, metric or edge'],
    ['ServiceName', 'LowCardinality(String)', 'service; empty for a host'],
    [
      'Subject',
      'LowCardinality(String)',
      'operation, host, metric with attributes, or called service; empty for a service',
    ],
    ['Values', 'Map(LowCardinality(String), Float64)', 'value by feature'],
    ['Marks', 'Array(LowCardinality(String))', 'gap, restart, reset, deploy, late'],
    versionColumn,
  ],
};
