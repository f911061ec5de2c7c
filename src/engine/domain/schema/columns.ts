/** A column as ClickHouse declares it. `type` is also the type of the column in a segment's Native blocks. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly codec?: string;
  readonly comment: string;
}

/** The closed set of column types that the block writer in `otlp/` can produce. */
export type ColumnType =
  | 'UInt8'
  | 'Bool'
  | 'UInt32'
  | 'Int32'
  | 'UInt64'
  | 'Float64'
  | 'Nullable(Float64)'
  | 'String'
  | 'LowCardinality(String)'
  | 'DateTime64(9)'
  | 'Map(LowCardinality(String), String)'
  | 'Array(DateTime64(9))'
  | 'Array(LowCardinality(String))'
  | 'Array(String)'
  | 'Array(UInt32)'
  | 'Array(UInt64)'
  | 'Array(Float64)'
  | 'Array(Map(LowCardinality(String), String))';

const time = 'Delta(8), ZSTD(1)';
const zstd = 'ZSTD(1)';
const integer = 'T64, ZSTD(1)';
const gauge = 'Gorilla, ZSTD(1)';

export const column = {
  time: (name: string, comment: string): Column => ({ name, type: 'DateTime64(9)', codec: time, comment }),
  text: (name: string, comment: string): Column => ({ name, type: 'String', codec: zstd, comment }),
  word: (name: string, comment: string): Column => ({ name, type: 'LowCardinality(String)', codec: zstd, comment }),
  attributes: (name: string, comment: string): Column => ({
    name,
    type: 'Map(LowCardinality(String), String)',
    codec: zstd,
    comment,
  }),
  integer: (name: string, type: 'UInt32' | 'Int32' | 'UInt64', comment: string): Column => ({
    name,
    type,
    codec: integer,
    comment,
  }),
  float: (name: string, comment: string): Column => ({ name, type: 'Float64', codec: gauge, comment }),
  optionalFloat: (name: string, comment: string): Column => ({
    name,
    type: 'Nullable(Float64)',
    codec: zstd,
    comment,
  }),
  plain: (name: string, type: ColumnType, comment: string): Column => ({ name, type, codec: zstd, comment }),
};

/** In every table besides its own columns, materialized: retention counts from it where it is later than the row's time. */
export const receivedAt = {
  name: 'ReceivedAt',
  comment: 'obs: when the row was inserted; retention counts from it where it is the later; not part of SELECT *',
} as const;
