import type { Anomaly, LearnedFrom } from '../../domain/anomaly.ts';
import type { FeatureRow } from '../../domain/feature-row.ts';
import type { Vote } from '../../domain/vote.ts';
import { track, trackSilence } from './anomaly-tracker.ts';
import { at, stride, windowMs } from './layout.ts';
import { readSavedState, savedState } from './saved-state.ts';
import { learnedOf, type Scope } from './scope.ts';
import { learnTotal, scoreOf, totalAt, totalOf, withBefore } from './scope-score.ts';
import { learnSeries } from './series.ts';
import { WindowScorer } from './window-scorer.ts';

export interface DetectionOptions {
  /** Accepted of one service, in a week. */
  readonly falseAlarmsPerWeek: number;
  readonly maxSeries: number;
}

export interface DetectionStep {
  /** Opened, changed or ended in this step. */
  readonly anomalies: readonly Anomaly[];
  readonly services: readonly { readonly service: string; readonly score: number; readonly learned: LearnedFrom }[];
  /** Series that are watched. */
  readonly watched: number;
  /** Series of this window that are not watched, because `maxSeries` are. */
  readonly leftOut: number;
}

export interface DetectionWindow {
  /** Start of the window, Unix milliseconds. */
  readonly timeMs: number;
  readonly seconds: 10;
  readonly rows: readonly FeatureRow[];
  readonly votes: readonly Vote[];
  /** This machine's clock. */
  readonly nowMs: number;
}

export interface Detection {
  /** Scores a closed window, and learns from it. A window that is no newer than the newest is left out. */
  push(window: DetectionWindow): DetectionStep;
  /** Everything known, as text for `createDetection`. */
  state(): string;
  /** Why a given state could not be used; `null` when it could, or when none was given. */
  readonly startedAnew: string | null;
}

const nothing = { anomalies: [], services: [], leftOut: 0 } satisfies Partial<DetectionStep>;

/** So many windows in order behind the newest one mean that the clock was set back: a minute. */
const backwards = 6;
/** A window may be so far ahead of this machine's clock. */
const aheadMs = 300_000;
/** From this surprise, or distance in standard deviations, on a series is not learned while its service has an anomaly. */
const held = { surprise: 2, distance: 3 } as const;

/**
 * Watches rows of features for what leaves its usual: docs/detection.md. Pure and deterministic; one `push` a window.
 *
 * @param state what `state()` gave; one that cannot be read is told by `startedAnew`, and everything is learned anew
 */
export function createDetection(options: DetectionOptions, state?: string): Detection {
  const scorer = new WindowScorer(options.maxSeries);
  const alarm = -Math.log10(options.falseAlarmsPerWeek);
  let newest = Number.NEGATIVE_INFINITY;
  let behind = { count: 0, newest: 0 };
  let startedAnew: string | null = null;
  if (state !== undefined) {
    const read = readSavedState(state, scorer);
    if (typeof read === 'string') startedAnew = read;
    else newest = read.newest;
  }

  /** Whether a window is the next one to be looked at. */
  function isNext(window: number): boolean {
    if (window > newest) {
      behind.count = 0;
      return true;
    }
    behind = { count: window > behind.newest ? behind.count + 1 : 1, newest: window };
    return behind.count >= backwards;
  }

  function push({ timeMs, rows, votes, nowMs }: DetectionWindow): DetectionStep {
    const window = Math.floor(timeMs / windowMs);
    if (!Number.isSafeInteger(window) || window <= 0 || timeMs > nowMs + aheadMs || !isNext(window)) {
      return { ...nothing, watched: scorer.table.watched };
    }
    const turnedBack = window < newest;
    newest = window;
    behind.count = 0;
    const anomalies: Anomaly[] = [];
    if (rows.length === 0) {
      for (const scope of scorer.scopes.values()) keep(trackSilence(scope, window));
      return { anomalies, services: [], watched: scorer.table.watched, leftOut: 0 };
    }
    const leftOut = scorer.score(window, rows, votes, turnedBack);
    const services: { service: string; score: number; learned: LearnedFrom }[] = [];
    for (const scope of scorer.scopes.values()) {
      if (scope.window !== window) {
        keep(trackSilence(scope, window));
        continue;
      }
      const all = totalOf(scope.all);
      const some = totalOf(scope.mattering);
      const total = withBefore(all, scope.before[0]);
      const mattering = withBefore(some, scope.before[1]);
      scope.before = [all, some];
      const score = scoreOf(scope.tail, total);
      keep(track(scope, Math.min(total, mattering), alarm, nowMs));
      learn(scope, window);
      learnTotal(scope.tail, total, window, totalAt(scope.tail, alarm));
      if (scope.service !== '') services.push({ service: scope.service, score, learned: learnedOf(scope) });
    }
    return { anomalies, services, watched: scorer.table.watched, leftOut };

    function keep(anomaly: Anomaly | null): void {
      if (anomaly !== null) anomalies.push(anomaly);
    }
  }

  /** Learns the window; an anomaly in which something was taken for usual is marked as adopted. */
  function learn(scope: Scope, window: number): void {
    let adopted = false;
    const goesOn = scope.open !== null;
    for (let place = 0; place < scope.scored.length; place++) {
      const series = scope.scored[place]!;
      const off = Math.abs(series.page.numbers[series.index * stride + at.z]!);
      const isHeld = goesOn && (scope.surprises[place]! >= held.surprise || off >= held.distance);
      if (learnSeries(series, window, isHeld, scope.surprises[place]!)) adopted = true;
    }
    if (adopted && scope.open !== null) scope.open.adopted = true;
  }

  return { push, state: () => savedState(scorer, newest), startedAnew };
}
