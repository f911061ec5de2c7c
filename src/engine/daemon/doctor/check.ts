import type { Effect } from 'effect';
import type { Paths } from '../../config/paths.ts';
import type { Settings } from '../../config/settings.ts';
import type { RunState } from '../run-state.ts';

/** What one check of `obs doctor` found, and what to do about it. */
export interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'problem' | 'skipped';
  /** What was seen. */
  readonly detail: string;
  /** What to do; empty when nothing is to be done. */
  readonly advice: string;
}

export interface Patient {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly paths: Paths;
  readonly settings: Settings;
  /** The running daemon, if one runs. */
  readonly running: RunState | null;
}

/** A check never fails: what goes wrong in it is what it found. */
export type Check = (patient: Patient) => Effect.Effect<readonly Finding[]>;

export const ok = (check: string, detail: string): Finding => ({ check, verdict: 'ok', detail, advice: '' });
export const warning = (check: string, detail: string, advice: string): Finding => ({
  check,
  verdict: 'warning',
  detail,
  advice,
});
export const problem = (check: string, detail: string, advice: string): Finding => ({
  check,
  verdict: 'problem',
  detail,
  advice,
});
export const skipped = (check: string, detail: string, advice: string): Finding => ({
  check,
  verdict: 'skipped',
  detail,
  advice,
});
