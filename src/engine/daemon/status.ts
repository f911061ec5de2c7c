import type { BySignal } from '../domain/signals.ts';
import type { AnalyzerStatus } from '../analyze/loop/analyzer-status.ts';
import type { SecurityStatus } from '../net/security.ts';
import type { SpoolStatus } from '../spool/spool.ts';
import type { ArchiveStatus } from '../store/archive/archive-status.ts';
import type { AnalyzerHealth } from './analyzer-supervisor.ts';
import type { EngineHealth } from './engine-supervisor.ts';
import type { EngineStatus } from './engine-protocol.ts';
import type { Endpoints } from './run-state.ts';

/** What `obs status --json` prints and the daemon's `/status` route answers. */
export interface StatusReport {
  /** True when receivers and the query endpoint answer, and a store is behind them. */
  readonly ready: boolean;
  /** What of that is there. Receivers take telemetry onto the spool without the others. */
  readonly parts: { readonly receivers: boolean; readonly query: boolean; readonly store: boolean };
  /** What somebody should look at although everything answers. */
  readonly warnings: readonly string[];
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  readonly endpoints: Endpoints;
  /** Who may reach them; `null`: everybody on this machine, and nobody else. */
  readonly security: SecurityStatus | null;
  /** Spans, log records and metric points taken from senders since the daemon started. */
  readonly received: BySignal<number>;
  /** The same now in the store, from all runs; `null` while the engine does not answer. */
  readonly stored: BySignal<number> | null;
  /** Refused since the daemon started, in total … */
  readonly rejected: BySignal<number>;
  /** … and by reason. */
  readonly rejectedReasons: BySignal<Readonly<Record<string, number>>>;
  /** Requests of the same bytes as a recent one: answered as that was, not stored again. */
  readonly repeatedRequests: BySignal<number>;
  /** Whole requests refused (unreadable, too large, wrong type, overload …), by reason. */
  readonly refusedRequests: Readonly<Record<string, number>>;
  readonly spool: SpoolStatus;
  /** `null` where no archive is configured. */
  readonly archive: ArchiveStatus | null;
  readonly engine: EngineHealth & { readonly kind: 'embedded' | 'remote'; readonly status: EngineStatus | null };
  readonly analyzer: AnalyzerHealth & { readonly status: AnalyzerStatus | null };
  readonly memoryBytes: { readonly daemon: number; readonly engine: number | null; readonly analyzer: number | null };
  readonly home: string;
}
