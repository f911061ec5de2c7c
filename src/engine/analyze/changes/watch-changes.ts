import { Clock, Effect } from 'effect';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import { whatChanged } from '../../domain/changes/change.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import type { Attempts } from '../loop/attempts.ts';
import { findDeployments } from './find-deployments.ts';

/** Each look goes over this time once more: spans come late, and after a while it shows whether the former version is gone. */
const againMs = 20 * 60_000;

/**
 * One look at which versions came, to be repeated. The first one goes back over the time that a restarted analyzer
 * catches up on. What is new is told as an event while it is recent.
 */
export function watchChanges(
  attempts: Attempts,
  onEvent: (event: string) => void,
): Effect.Effect<void, never, QueryClient | OwnTables> {
  let lookedUntilMs: number | null = null;
  return Effect.gen(function* () {
    const nowMs = yield* Clock.currentTimeMillis;
    const fromMs = lookedUntilMs === null ? nowMs - limits.analyze.catchUpMs : lookedUntilMs - againMs;
    const found = yield* attempts.attempt('look for deployments', findDeployments(fromMs, nowMs), null);
    if (found === null) return;
    lookedUntilMs = nowMs;
    for (const change of found) {
      if (nowMs - change.atMs > limits.analyze.tellMs) continue;
      onEvent(`change ${change.id}: ${printable(change.service)} ${printable(whatChanged(change))}`);
    }
  });
}
