import { type OwnTable, versionColumn } from './table.ts';

/** Trained models; see docs/models.md. */
export const modelsTable: OwnTable = {
  name: 'obs_models',
  timeColumn: 'Trained',
  partitions: 'months',
  keptDays: 400,
  orderBy: 'Scope, Id',
  columns: [
    ['Id', 'String', 'id of this model'],
    ['Scope', 'LowCardinality(String)', 'what it is of: a service, or "edges" for the calls of the whole system'],
    ['Family', 'LowCardinality(String)', 'linear or autoencoder'],
    ['Trained', 'DateTime64(3)', 'when it was trained'],
    ['State', 'LowCardinality(String)', 'current, former, rejected, pinned'],
    ['Why', 'String', 'why it is in this state, one sentence'],
    ['DataFrom', 'DateTime', 'start of the data that it was trained and tried on'],
    ['DataTo', 'DateTime', 'end of them'],
    [
      'Report',
      'String',
      'JSON: windows left out and why, losses by epoch, scores of it and of the model that was current',
    ],
    [
      'Artefact',
      'String',
      'the model, an ONNX file as base64; empty for one that was never made, or is long superseded',
      'ZSTD(3)',
    ],
    ['Checksum', 'String', 'SHA-256 of the model, hex'],
    ['Bytes', 'UInt64', 'size of the model'],
    versionColumn,
  ],
};
