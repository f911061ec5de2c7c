import { createHash } from 'node:crypto';

/** What a change can be. `data` is a migration of a schema or of data, `note` anything that somebody wants to find later. */
export const changeKinds = ['deployment', 'configuration', 'flag', 'scale', 'infrastructure', 'data', 'note'] as const;
export type ChangeKind = (typeof changeKinds)[number];

/** Who told: spans of a new version, `obs change add`, or `obs heal`. */
export const changeSources = ['telemetry', 'command', 'heal'] as const;
export type ChangeSource = (typeof changeSources)[number];

/** A row of `obs_changes`: something that was done to a service. Texts are empty where nothing is known. */
export interface Change {
  readonly id: string;
  /** Unix milliseconds; of a version seen in telemetry its first span, which comes a little after the deployment. */
  readonly atMs: number;
  readonly kind: ChangeKind;
  readonly service: string;
  /** `deployment.environment.name`. */
  readonly environment: string;
  readonly fromVersion: string;
  readonly toVersion: string;
  readonly source: ChangeSource;
  readonly note: string;
  readonly link: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Attributes of ours beside those of OpenTelemetry. */
export const rolloutAttribute = 'obs.rollout';
export const rollbackAttribute = 'obs.rollback';

/** How the version before fares: gone, still there after ten minutes (a canary), or too early to tell. */
export const rollouts = ['replaced', 'beside', 'rolling'] as const;
export type Rollout = (typeof rollouts)[number];

/** 12 hex digits, the same for the same parts. */
export const changeId = (...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);

/** What happened, without the service: "deployed 3.2.0 (3.1.4 before)", "went back to 3.1.4", "configuration". */
export function whatChanged({ kind, fromVersion, toVersion, attributes }: Change): string {
  if (kind !== 'deployment') return toVersion === '' ? kind : `${kind} ${arrow(fromVersion, toVersion)}`;
  if (toVersion === '') return 'deployment';
  if (attributes[rollbackAttribute] === 'true') return `back to ${toVersion}${before(fromVersion)}`;
  if (fromVersion === toVersion) return `${toVersion} deployed again`;
  const rollout = attributes[rolloutAttribute];
  const beside = rollout === 'beside' && fromVersion !== '' ? `; ${fromVersion} goes on beside it` : '';
  return `deployed ${toVersion}${beside === '' ? before(fromVersion) : beside}`;
}

const arrow = (from: string, to: string): string => (from === '' ? to : `${from} → ${to}`);
const before = (from: string): string => (from === '' ? '' : ` (${from} before)`);
