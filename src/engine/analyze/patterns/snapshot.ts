import type { Group } from './groups.ts';
import type { SiblingsState } from './siblings.ts';

/** All that a miner knows, as plain JSON. */
export interface MinerSnapshot {
  readonly version: typeof snapshotVersion;
  readonly groups: readonly Group[];
  readonly siblings: SiblingsState;
}

/** Goes up whenever masks or hashes change: their results are part of the state. */
export const snapshotVersion = 1;

/** Whether this is a whole snapshot of this version, wherever it comes from. */
export function isSnapshot(state: unknown): state is MinerSnapshot {
  if (!isRecord(state) || state['version'] !== snapshotVersion) return false;
  const { groups, siblings } = state;
  if (!Array.isArray(groups) || !isRecord(siblings)) return false;
  const { templates, open } = siblings;
  return (
    Array.isArray(templates) &&
    Array.isArray(open) &&
    groups.every((group, own) => isGroup(group, own)) &&
    templates.every((template) => isTemplate(template, groups.length)) &&
    open.every((key) => Number.isSafeInteger(key))
  );
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** A group's parent is older than itself, or there could be a circle. */
function isGroup(group: unknown, own: number): boolean {
  if (!isRecord(group)) return false;
  const { parent, count, id, example } = group;
  return isIndex(parent, own + 1) && isIndex(count, Infinity) && typeof id === 'string' && typeof example === 'string';
}

function isTemplate(template: unknown, groups: number): boolean {
  if (!isRecord(template)) return false;
  const { tokens, group } = template;
  return Array.isArray(tokens) && tokens.every((token) => typeof token === 'string') && isIndex(group, groups);
}

const isIndex = (value: unknown, below: number): boolean =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) < below;
