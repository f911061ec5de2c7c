import { Clock, Effect } from 'effect';
import type { AnalyzeSettings } from '../../config/analyze-settings.ts';
import { learnedFrom, type LearnedFrom } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import type { Vote } from '../../domain/vote.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { createDetection } from '../detect/detection.ts';
import type { ClosedWindows } from '../features/close-windows.ts';
import { readWindows, seriesLeftOut } from '../features/read-windows.ts';
import type { Hooks } from '../incidents/hooks/hooks.ts';
import { createIncidents, type IncidentHistory } from '../incidents/incidents.ts';
import { openEdges, readAnomalies, readHistory, storeAnomalies, storeIncidents } from '../incidents/store-incidents.ts';
import type { Votes } from '../models/votes.ts';
import type { AnalyzerStatus } from './analyzer-status.ts';
import type { Attempts } from './attempts.ts';
import { lastClosed, type ObservedWindow, observedWindows } from './observed-windows.ts';
import { readState, saveState } from './saved-state.ts';

export interface WatchParts {
  readonly attempts: Attempts;
  readonly hooks: Hooks;
  readonly votes: Votes;
  readonly onEvent: (event: string) => void;
}

/** Detection and incidents over the windows as they are closed: what is found is stored, and hooks are told. */
export interface Watch {
  /** Scores what was closed and not scored yet, oldest first. */
  readonly score: (closed: ClosedWindows) => Effect.Effect<void, never, QueryClient | OwnTables>;
  /** Looks up what incidents are put together by: calls between services, and earlier incidents with their notes. */
  readonly refresh: Effect.Effect<void, never, QueryClient>;
  readonly save: Effect.Effect<void, never, OwnTables>;
  readonly status: (
    nowMs: number,
  ) => Pick<AnalyzerStatus, 'windows' | 'behindMs' | 'services' | 'series' | 'leftOut' | 'metricsLeftOut' | 'open'>;
}

interface Saved {
  readonly scoredMs: number;
  readonly detection: string;
  readonly incidents: string;
}

const part = 'watch';
const stepMs = 10_000;
/** Windows of so much time are read at once while catching up. */
const portionMs = 10 * 60_000;

export const openWatch = Effect.fnUntraced(function* (
  { falseAlarmsPerWeek, series }: AnalyzeSettings,
  { attempts, hooks, votes, onEvent }: WatchParts,
): Effect.fn.Return<Watch, never, QueryClient> {
  const saved = parsed(yield* attempts.attempt('read its saved state', readState(part), null));
  const detection = createDetection({ falseAlarmsPerWeek, maxSeries: series }, saved?.detection);
  if (detection.startedAnew !== null) onEvent(`analyzer: detection starts anew: ${detection.startedAnew}`);
  const incidents = createIncidents(saved?.incidents ?? null);
  let scoredMs = saved?.scoredMs ?? null;
  let observedMs: number | null = null;
  let edges: readonly { readonly caller: string; readonly callee: string }[] = [];
  let history: readonly IncidentHistory[] = [];
  let metricsLeftOut: AnalyzerStatus['metricsLeftOut'] = [];
  let callVotes: readonly Vote[] = [];
  let scored = 0;
  let corrected = 0;
  let watched = 0;
  let leftOut = 0;
  let services: ReadonlyMap<string, LearnedFrom> = new Map();
  const openAnomalies = new Set<string>();

  const scoreWindow = Effect.fnUntraced(function* (window: ObservedWindow) {
    // Of the window in which obs came up, and of that alone, only a part was seen.
    const isPartial = observedMs === null ? scored > 0 || saved !== null : window.timeMs > observedMs + stepMs;
    observedMs = window.timeMs;
    if (isPartial) return;
    const nowMs = yield* Clock.currentTimeMillis;
    const said = [...callVotes, ...(yield* Effect.promise(() => votes.of(window.rows)))];
    callVotes = [];
    const step = detection.push({ timeMs: window.timeMs, seconds: 10, rows: window.rows, votes: said, nowMs });
    scored += 1;
    watched = step.watched;
    leftOut = step.leftOut;
    services = new Map(step.services.map(({ service, learned }) => [service, learned]));
    const endMs = window.timeMs + stepMs;
    const changed = incidents.push({ anomalies: step.anomalies, edges, nowMs: endMs, history });
    for (const { id, endMs: end } of step.anomalies) {
      if (end === null) openAnomalies.add(id);
      else openAnomalies.delete(id);
    }
    yield* attempts.attempt('store anomalies', storeAnomalies(step.anomalies), undefined);
    yield* attempts.attempt('store incidents', storeIncidents(changed), undefined);
    // Of what is long past nobody is told.
    if (nowMs - endMs > limits.analyze.tellMs) return;
    for (const event of incidents.events()) {
      if (event.type === 'opened') onEvent(`incident ${event.incident.id}: ${event.incident.summary}`);
      yield* hooks.tell(event);
    }
  });

  /** Calls between services are counted by the minute: what models say of one goes with the next window of 10 s. */
  const hearCalls = Effect.fnUntraced(function* (minuteMs: number) {
    const query = { seconds: 60, kind: 'edge', fromMs: minuteMs, toMs: minuteMs + 60_000 } as const;
    const rows = yield* attempts.attempt('read calls of a minute', readWindows(query), []);
    callVotes = yield* Effect.promise(() => votes.of(rows));
  });

  const score: Watch['score'] = Effect.fnUntraced(function* (closed) {
    corrected += closed.corrected.length;
    const newest = Math.max(
      ...closed.closed.filter(({ seconds }) => seconds === 10).map(({ timeMs }) => timeMs),
      -Infinity,
    );
    if (newest === -Infinity) return;
    const minutes = closed.closed.filter(({ seconds }) => seconds === 60);
    for (const { timeMs } of minutes.slice(-1)) {
      yield* hearCalls(timeMs);
      const beyond = yield* attempts.attempt('count metric series', seriesLeftOut(60, timeMs), []);
      metricsLeftOut = beyond.map(({ service, leftOut: left }) => ({ service, series: left }));
    }
    const now = yield* Clock.currentTimeMillis;
    const from = Math.max((scoredMs ?? -Infinity) + stepMs, now - limits.analyze.catchUpMs);
    for (let fromMs = Math.floor(from / stepMs) * stepMs; fromMs <= newest; fromMs += portionMs) {
      const toMs = Math.min(fromMs + portionMs, newest + stepMs);
      const rows = yield* attempts.attempt('read windows', readWindows({ seconds: 10, fromMs, toMs }), null);
      // Tried again with the next window.
      if (rows === null) return;
      for (const window of observedWindows(rows)) yield* scoreWindow(window);
      scoredMs = toMs - stepMs;
    }
  });

  const refresh = Effect.gen(function* () {
    const now = yield* Clock.currentTimeMillis;
    edges = yield* attempts.attempt('read calls between services', openEdges(now), edges);
    history = yield* attempts.attempt('read earlier incidents', readHistory(now), history);
  });
  const save = Effect.gen(function* () {
    if (scoredMs === null) return;
    const now = yield* Clock.currentTimeMillis;
    const state: Saved = { scoredMs, detection: detection.state(), incidents: incidents.state() };
    yield* attempts.attempt('save its state', saveState(part, JSON.stringify(state), now), undefined);
  });
  const status: Watch['status'] = (nowMs) => ({
    windows: { scored, newestMs: scoredMs, corrected },
    behindMs: scoredMs === null ? 0 : Math.max(0, lastClosed(nowMs, limits.analyze.latenessMs) - scoredMs - stepMs),
    services: countBy(services.values()),
    series: watched,
    leftOut,
    metricsLeftOut,
    open: { anomalies: openAnomalies.size, incidents: incidents.open().length },
  });

  // What was open when it stopped goes on.
  const now = yield* Clock.currentTimeMillis;
  const before = { fromMs: now - limits.analyze.catchUpMs, toMs: now, openOnly: true, limit: 1000 };
  for (const { id } of yield* attempts.attempt('read open anomalies', readAnomalies(before), [])) openAnomalies.add(id);
  return { score, refresh, save, status };
});

function countBy(learned: Iterable<LearnedFrom>): AnalyzerStatus['services'] {
  const counts = { minutes: 0, hours: 0, days: 0, weeks: 0 } satisfies Record<(typeof learnedFrom)[number], number>;
  for (const each of learned) counts[each] += 1;
  return counts;
}

/** Unreadable is as good as none: it is learned anew. */
function parsed(text: string | null): Saved | null {
  if (text === null) return null;
  try {
    return JSON.parse(text) as Saved;
  } catch {
    return null;
  }
}
