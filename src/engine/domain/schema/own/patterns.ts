import { type OwnTable, versionColumn } from './table.ts';

/** Templates of log lines, and shapes of traces: what there is; see docs/patterns.md. */
export const patternsTable: OwnTable = {
  name: 'obs_patterns',
  timeColumn: 'LastSeen',
  partitions: 'months',
  keptDays: 400,
  orderBy: 'Signal, ServiceName, Id',
  columns: [
    ['Id', 'String', 'id, the same for the same text or shape, also after a restart'],
    ['Signal', 'LowCardinality(String)', 'logs or traces'],
    ['ServiceName', 'LowCardinality(String)', 'service that writes it, or where the trace begins'],
    ['Text', 'String', 'template with <*> for parameters, or the call path'],
    ['Severity', 'LowCardinality(String)', 'highest severity that came with it; empty for traces'],
    ['FirstSeen', 'DateTime64(3)', 'first'],
    ['LastSeen', 'DateTime64(3)', 'last'],
    ['Example', 'String', 'a line, or a trace id'],
    [
      'MergedInto',
      'String',
      'id of the pattern that this one turned out to be part of; its earlier counts are of both',
    ],
    versionColumn,
  ],
};

/** How often, by window of a minute. */
export const patternCountsTable: OwnTable = {
  name: 'obs_pattern_counts',
  timeColumn: 'Time',
  partitions: 'days',
  keptDays: 30,
  orderBy: 'Signal, ServiceName, Id, Time',
  columns: [
    ['Time', 'DateTime', 'start of the minute', 'Delta(4), ZSTD(1)'],
    ['Signal', 'LowCardinality(String)', 'logs or traces'],
    ['ServiceName', 'LowCardinality(String)', 'as in obs_patterns'],
    ['Id', 'String', 'as in obs_patterns'],
    ['Count', 'UInt64', 'lines, or traces'],
    ['DurationP50', 'Float64', 'milliseconds, of traces; 0 for logs'],
    ['DurationP99', 'Float64', 'milliseconds, of traces; 0 for logs'],
    ['Errors', 'UInt64', 'lines of ERROR and above, or traces with an error'],
    ['Unusual', 'String', 'JSON: parameters of lines of this minute that were out of the usual; empty for none'],
    versionColumn,
  ],
};
