import type { Settings } from '../config/settings.ts';
import type { BySignal } from '../domain/signals.ts';
import type { StorageResult, StorageTask } from '../domain/storage-task.ts';
import type { StoreDamage } from './engine-damage.ts';
import type { SecuritySettings } from '../net/security.ts';
import type { Outcome } from './task-route.ts';

/** What the daemon hands its engine process at start, as JSON in this environment variable. */
export const engineSettingsVariable = 'OBS_ENGINE_SETTINGS';

export interface EngineSettings {
  readonly storePath: string;
  readonly spoolPath: string;
  readonly backupsPath: string;
  /** Where the query endpoint is bound, and who may ask. */
  readonly security: SecuritySettings;
  /** 0 at the first start: any free port. A restarted engine gets the port that its forerunner had. */
  readonly queryPort: number;
  readonly clickhouse: string | null;
  readonly remote: Settings['remote'];
  readonly retentionDays: Settings['retentionDays'];
  readonly diskCapBytes: number;
}

/** What the engine process knows of itself and its data. */
export interface EngineStatus {
  /** Why no ClickHouse answers; `null` where one does. Until then, acknowledged rows wait in the spool. */
  readonly away: string | null;
  readonly memoryBytes: number;
  readonly loader: {
    readonly loadedSegments: number;
    readonly loadedRows: number;
    readonly failedAttempts: number;
    readonly quarantined: number;
    readonly lastError: string | null;
  };
  /** Requests that the query endpoint refused since the engine started, by reason. */
  readonly refusedQueries: Readonly<Record<string, number>>;
  /** Rows now in the store, obs's own telemetry left out; `null` where it cannot be asked. */
  readonly stored: BySignal<number> | null;
  readonly diskBytes: number;
  readonly diskCapBytes: number;
  readonly damage: StoreDamage;
  /** Partitions that the disk cap dropped since the engine started. */
  readonly evictedPartitions: number;
  readonly oldest: string | null;
  readonly newest: string | null;
}

export type ToEngine =
  | { readonly type: 'wake' }
  | { readonly type: 'status'; readonly id: number }
  | { readonly type: 'task'; readonly id: number; readonly task: StorageTask }
  /** A statement of `OwnTables`. */
  | { readonly type: 'own'; readonly id: number; readonly sql: string }
  | { readonly type: 'stop' };

/** What the disk cap has dropped. */
export interface Evicted {
  /** A day of one table each. */
  readonly partitions: number;
  readonly rows: number;
  readonly bytes: number;
}

export function evictedOf(dropped: readonly Pick<Evicted, 'rows' | 'bytes'>[]): Evicted {
  return {
    partitions: dropped.length,
    rows: dropped.reduce((sum, { rows }) => sum + rows, 0),
    bytes: dropped.reduce((sum, { bytes }) => sum + bytes, 0),
  };
}

export type FromEngine =
  | { readonly type: 'event'; readonly event: string }
  | ({ readonly type: 'evicted' } & Evicted)
  | { readonly type: 'ready'; readonly url: string; readonly port: number }
  | { readonly type: 'failed'; readonly error: Record<string, unknown> }
  | { readonly type: 'status'; readonly id: number; readonly status: EngineStatus }
  | {
      readonly type: 'done';
      readonly id: number;
      readonly outcome: Outcome<StorageResult>;
    }
  | { readonly type: 'owned'; readonly id: number; readonly outcome: OwnOutcome };

export type OwnOutcome = Outcome<null>;
