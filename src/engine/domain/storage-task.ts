import type { Signal } from './signals.ts';

/** What `obs storage` asks of whoever holds the store: the running daemon's engine, or the command itself. */
export type StorageTask =
  | { readonly kind: 'backup'; readonly name: string }
  | {
      readonly kind: 'prune';
      readonly rule: PruneRule;
      readonly signals: readonly Signal[];
      readonly dryRun: boolean;
    };

/** Days before this one (`2026-01-31`), or the oldest days until no more than so many bytes are left. */
export type PruneRule = { readonly before: string } | { readonly toBytes: number };

/** A day of a table that was dropped, or would be. */
export interface DroppedPartition {
  readonly table: string;
  /** `2026-01-31` */
  readonly day: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface BackupReport {
  readonly path: string;
  readonly bytes: number;
  readonly files: number;
  readonly elapsedMs: number;
}

export type StorageResult =
  | { readonly kind: 'backup'; readonly backup: BackupReport }
  | { readonly kind: 'prune'; readonly dropped: readonly DroppedPartition[] };
