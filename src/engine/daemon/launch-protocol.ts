import type { Paths } from '../config/paths.ts';
import type { Settings } from '../config/settings.ts';
import type { RunState } from './run-state.ts';

/** What a starter hands the daemon, as JSON in this environment variable: a URL in it may hold a password, `ps` must not show it. */
export const daemonSettingsVariable = 'OBS_DAEMON_SETTINGS';

export interface DaemonSettings {
  readonly settings: Settings;
  readonly paths: Paths;
}

export type FromDaemon =
  | { readonly type: 'ready'; readonly state: RunState; readonly away: string | null }
  | { readonly type: 'failed'; readonly error: Record<string, unknown> };
