import { type OwnTable, versionColumn } from './table.ts';

/** What was changed: deployments, configuration, flags and what people note; see docs/changes.md. */
export const changesTable: OwnTable = {
  name: 'obs_changes',
  timeColumn: 'At',
  partitions: 'months',
  keptDays: 400,
  // Not by its time: spans that came late may move it, and so may who tells of it again.
  orderBy: 'Id',
  columns: [
    ['Id', 'String', 'id, the same however often it is seen or told'],
    ['At', 'DateTime64(3)', 'when it happened; of a version seen in telemetry its first span'],
    ['Kind', 'LowCardinality(String)', 'deployment, configuration, flag, scale, infrastructure, data or note'],
    ['ServiceName', 'LowCardinality(String)', 'service'],
    ['Environment', 'LowCardinality(String)', 'deployment.environment.name; empty where nobody said it'],
    ['FromVersion', 'String', 'service.version before; empty where it is not known'],
    ['ToVersion', 'String', 'service.version after; empty where it has none'],
    ['Source', 'LowCardinality(String)', 'telemetry: seen in spans; command: `obs change add`; heal: `obs heal`'],
    ['Note', 'String', 'what a person or a pipeline said of it'],
    ['Link', 'String', 'URL of the pipeline, the commit or the ticket'],
    [
      'Attributes',
      'Map(LowCardinality(String), String)',
      'deployment.* and vcs.* as its processes sent them; obs.rollout: replaced, beside or rolling; obs.rollback',
    ],
    versionColumn,
  ],
};
