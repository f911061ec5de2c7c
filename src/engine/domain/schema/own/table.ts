/** A table of what obs itself works out. Rows of one key replace each other: the one of the newest `Version` counts, so read with FINAL. */
export interface OwnTable {
  readonly name: string;
  /** SQL type, codec if it is to be another than the default, and meaning by column; `Version` is the last one of each. */
  readonly columns: readonly (readonly [name: string, type: string, comment: string, codec?: string])[];
  /** What is the same row. */
  readonly orderBy: string;
  /** Rows of a granule; ClickHouse's 8192 else. */
  readonly granularity?: number;
  /** `days`: grows with telemetry, and goes with its retention and the disk cap. `months`: few rows, kept long. */
  readonly partitions: 'days' | 'months';
  readonly timeColumn: string;
  /** Days that rows are kept; of tables by days until retention is set. */
  readonly keptDays: number;
}

/** Last column of every own table: milliseconds of when the row was worked out. */
export const versionColumn = [
  'Version',
  'UInt64',
  'when it was worked out, Unix milliseconds; the newest counts',
] as const;
