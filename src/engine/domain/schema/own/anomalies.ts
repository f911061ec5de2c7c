import { type OwnTable, versionColumn } from './table.ts';

/** Stretches in which something left what is usual for it; see docs/detection.md. */
export const anomaliesTable: OwnTable = {
  name: 'obs_anomalies',
  timeColumn: 'Start',
  partitions: 'months',
  keptDays: 400,
  // Not by its start: windows that came late may move it.
  orderBy: 'Id',
  columns: [
    ['Id', 'String', 'id, the same while it goes on'],
    ['Start', 'DateTime64(3)', 'start of the first window out of the usual'],
    ['Peak', 'DateTime64(3)', 'start of the window with the highest score'],
    ['End', 'Nullable(DateTime64(3))', 'end of the last window out of the usual; NULL while it goes on'],
    ['Found', 'DateTime64(3)', 'when it was found'],
    ['ServiceName', 'LowCardinality(String)', 'service; empty for a host'],
    ['Severity', 'LowCardinality(String)', 'info, warning or critical'],
    ['Score', 'Float64', '−log10 of the false alarms a week and service at which it would just be reached'],
    ['Summary', 'String', 'one sentence'],
    ['Detectors', 'Array(LowCardinality(String))', 'what raised it, the strongest first'],
    ['Learned', 'LowCardinality(String)', 'how much history was known: minutes, hours, days or weeks'],
    ['Carriers', 'String', 'JSON: the series that carry it, the most telling first'],
    versionColumn,
  ],
};

/** Anomalies that belong together; see docs/incidents.md. */
export const incidentsTable: OwnTable = {
  name: 'obs_incidents',
  timeColumn: 'Start',
  partitions: 'months',
  keptDays: 400,
  // Not by its start: an anomaly that began earlier may be found later.
  orderBy: 'Id',
  columns: [
    ['Id', 'String', 'id, the same while it goes on'],
    ['Start', 'DateTime64(3)', 'start of its first anomaly'],
    ['End', 'Nullable(DateTime64(3))', 'end of its last anomaly; NULL while it goes on'],
    ['Severity', 'LowCardinality(String)', 'info, warning or critical'],
    ['Services', 'Array(LowCardinality(String))', 'services touched'],
    ['Origin', 'LowCardinality(String)', 'the service that it seems to come from'],
    ['AnomalyIds', 'Array(String)', 'its anomalies, rows of obs_anomalies; empty when it went into another incident'],
    ['Summary', 'String', 'one sentence'],
    [
      'Fingerprint',
      'Map(LowCardinality(String), Float64)',
      'what was out of the usual, with weights of length 1 together',
    ],
    ['Similar', 'String', 'JSON: earlier incidents that are alike, the most alike first'],
    ['Note', 'String', 'what a person noted'],
    versionColumn,
  ],
};
