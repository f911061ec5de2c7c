import type { AnalyzerStatus } from '../analyze/loop/analyzer-status.ts';
import type { AnalyzeSettings } from '../config/analyze-settings.ts';
import type { Paths } from '../config/paths.ts';
import type { AnalyzeResult, AnalyzeTask } from '../domain/analyze-task.ts';
import type { OwnOutcome } from './engine-protocol.ts';
import type { Outcome } from './task-route.ts';

/** What the daemon hands its analyzer process at start, as JSON in this environment variable. */
export const analyzerSettingsVariable = 'OBS_ANALYZER_SETTINGS';

export interface AnalyzerProcessSettings {
  /** The run file there says how to ask. */
  readonly paths: Paths;
  readonly analyze: AnalyzeSettings;
}

export type ToAnalyzer =
  | { readonly type: 'status'; readonly id: number }
  | { readonly type: 'task'; readonly id: number; readonly task: AnalyzeTask }
  /** How a statement that it sent has ended; `null`: the engine went meanwhile. */
  | { readonly type: 'owned'; readonly id: number; readonly outcome: OwnOutcome | null }
  /** Since when the oldest telemetry waits in the spool; `null` when none does. */
  | { readonly type: 'waiting'; readonly id: number; readonly oldestMs: number | null }
  | { readonly type: 'stop' };

export type FromAnalyzer =
  | { readonly type: 'ready' }
  | { readonly type: 'event'; readonly event: string }
  /** A statement over tables of obs's own, for the engine. */
  | { readonly type: 'own'; readonly id: number; readonly sql: string }
  | { readonly type: 'waiting'; readonly id: number }
  | { readonly type: 'status'; readonly id: number; readonly status: AnalyzerStatus }
  | { readonly type: 'done'; readonly id: number; readonly outcome: Outcome<AnalyzeResult> };
