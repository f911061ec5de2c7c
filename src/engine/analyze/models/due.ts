import { limits } from '../../domain/limits.ts';
import type { ModelRow } from './model-rows.ts';
import { type ScopeWindows, secondsOf } from './scopes.ts';
import { leastWindows } from './usual-rows.ts';

/** A day, and never more than as much again as there was: a young service is learned anew sooner. */
const dayMs = 86_400_000;
/** After a training drift says nothing for so long: what it was trained on must first be past. */
const driftPauseMs = 3 * 3_600_000;

export interface Due {
  readonly scope: string;
  /** `first`, `count`, `drift` or `asked`. */
  readonly why: string;
}

/** Scopes with so many new windows that a model is to be made, the most overdue first. */
export function dueByCount(scopes: readonly ScopeWindows[], models: readonly ModelRow[]): readonly Due[] {
  return scopes
    .flatMap(({ scope, windows, fresh }) => {
      const own = models.filter((model) => model.scope === scope);
      const least = leastWindows(secondsOf(scope));
      if (own.length === 0) return windows >= least ? [{ scope, why: 'first', overdue: windows / least }] : [];
      const needed = Math.min(dayMs / (secondsOf(scope) * 1000), Math.max(least, windows - fresh));
      return fresh >= needed ? [{ scope, why: 'count', overdue: fresh / needed }] : [];
    })
    .toSorted((a, b) => b.overdue - a.overdue || (a.scope < b.scope ? -1 : 1))
    .map(({ scope, why }) => ({ scope, why }));
}

/**
 * Voting models whose error is to be looked at now: those that were not tried lately, in turns by the clock, so that all
 * have theirs without anything to remember.
 */
export function driftCandidates(
  models: readonly ModelRow[],
  due: ReadonlySet<string>,
  nowMs: number,
): readonly ModelRow[] {
  const newest = new Map<string, number>();
  for (const { scope, dataToMs } of models) newest.set(scope, Math.max(newest.get(scope) ?? 0, dataToMs));
  const open = models
    .filter(({ state, scope, bytes }) => state === 'current' && bytes > 0 && !due.has(scope))
    .filter(({ scope }) => nowMs - newest.get(scope)! >= driftPauseMs)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const most = limits.models.driftChecksPerLook;
  const turns = Math.ceil(open.length / most);
  const turn = turns === 0 ? 0 : Math.floor(nowMs / 300_000) % turns;
  return open.slice(turn * most, (turn + 1) * most);
}
