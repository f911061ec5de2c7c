import { Clock, Effect } from 'effect';
import type { AnalyzeSettings } from '../../config/analyze-settings.ts';
import { type Anomaly, type Incident, learnedFrom, type LearnedFrom } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import type { Vote } from '../../domain/vote.ts';
import type { OwnTables } from '../../store/own-tables.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { createDetection } from '../detect/detection.ts';
import type { ClosedWindows } from '../features/close-windows.ts';
import { readWindows, seriesLeftOut } from '../features/read-windows.ts';
import type { Hooks } from '../incidents/hooks/hooks.ts';
import { createIncidents, type IncidentHistory } from '../incidents/incidents.ts';
import {
  openEdges,
  readAnomalies,
  readHistory,
  readIncidents,
  storeAnomalies,
  storeIncidents,
} from '../incidents/store-incidents.ts';
import type { Votes } from '../models/votes.ts';
import type { AnalyzerStatus } from './analyzer-status.ts';
import type { Attempts } from './attempts.ts';
import { HeldSilence, isBorneOut } from './held-silence.ts';
import { KnownAnomalies } from './known-anomalies.ts';
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
  /** Saves where something opened or ended since. */
  readonly saveNews: Effect.Effect<void, never, OwnTables>;
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
  const text = yield* attempts.attempt('read its saved state', readState(part), null);
  const saved = parsed(text);
  if (text !== null && saved === null) onEvent('analyzer: its saved state cannot be read: it learns anew');
  const detection = createDetection({ falseAlarmsPerWeek, maxSeries: series }, saved?.detection);
  if (detection.startedAnew !== null) onEvent(`analyzer: detection starts anew: ${detection.startedAnew}`);
  const incidents = createIncidents(saved?.incidents ?? null);
  let scoredMs = saved?.scoredMs ?? null;
  let observedMs = saved?.scoredMs ?? null;
  let edges: readonly { readonly caller: string; readonly callee: string }[] = [];
  let history: readonly IncidentHistory[] = [];
  let metricsLeftOut: AnalyzerStatus['metricsLeftOut'] = [];
  const callVotes = new Map<number, readonly Vote[]>();
  let scored = 0;
  let corrected = 0;
  let watched = 0;
  let leftOut = 0;
  let services: ReadonlyMap<string, LearnedFrom> = new Map();
  const openAnomalies = new Set<string>();
  const silence = new HeldSilence();
  const unstored = { anomalies: new Map<string, Anomaly>(), incidents: new Map<string, Incident>() };
  /** Whether a restart would find what is open. */
  let isSaved = true;
  let hasCaughtUp = false;
  const startMs = yield* Clock.currentTimeMillis;
  const before = { fromMs: startMs - limits.analyze.catchUpMs, toMs: startMs, limit: 10_000 };
  const known = new KnownAnomalies(yield* attempts.attempt('read earlier anomalies', readAnomalies(before), []));
  const storedIncidents = yield* attempts.attempt('read earlier incidents', readIncidents(before), []);
  /** Told of before a restart. */
  const toldIncidents = new Set(storedIncidents.map(({ id }) => id));

  const scoreWindow = Effect.fnUntraced(function* (window: ObservedWindow) {
    // Of the window in which obs came up, and of that alone, only a part was seen.
    const cameUp = window.timeMs <= startMs && startMs < window.timeMs + stepMs;
    const isPartial = observedMs === null ? cameUp : window.timeMs > observedMs + stepMs;
    observedMs = window.timeMs;
    if (isPartial) return;
    const nowMs = yield* Clock.currentTimeMillis;
    const ofServices = yield* attempts.attempt(
      'ask the models',
      Effect.promise(() => votes.of(window.rows)),
      [],
    );
    const said = [...ofServices, ...(callVotes.get(window.timeMs) ?? [])];
    const step = detection.push({ timeMs: window.timeMs, seconds: 10, rows: window.rows, votes: said, nowMs });
    scored += 1;
    watched = step.watched;
    leftOut = step.leftOut;
    services = new Map(step.services.map(({ service, learned }) => [service, learned]));
    const endMs = window.timeMs + stepMs;
    yield* follow(yield* withoutLate(step.anomalies.map(known.adopt, known), endMs), endMs, nowMs);
  });

  /** Stores and tells what is out of the usual, as of `endMs`. */
  const follow = Effect.fnUntraced(function* (anomalies: readonly Anomaly[], endMs: number, nowMs: number) {
    const changed = incidents.push({ anomalies, edges, nowMs: endMs, history });
    for (const anomaly of anomalies) {
      if (anomaly.endMs === null ? !openAnomalies.has(anomaly.id) : openAnomalies.has(anomaly.id)) isSaved = false;
      if (anomaly.endMs === null) openAnomalies.add(anomaly.id);
      else openAnomalies.delete(anomaly.id);
      unstored.anomalies.set(anomaly.id, anomaly);
    }
    for (const incident of changed) unstored.incidents.set(incident.id, incident);
    yield* storeWhatIsNot;
    // Of what is long past nobody is told.
    if (nowMs - endMs > limits.analyze.tellMs) return;
    for (const event of incidents.events()) {
      if (event.type === 'opened' && toldIncidents.has(event.incident.id)) continue;
      if (event.type === 'opened') onEvent(`incident ${event.incident.id}: ${event.incident.summary}`);
      yield* hooks.tell(event);
    }
  });

  /** What could not be stored is stored with the next window. */
  const storeWhatIsNot = Effect.gen(function* () {
    const anomalies = [...unstored.anomalies.values()];
    const changed = [...unstored.incidents.values()];
    const stored = storeAnomalies(anomalies).pipe(Effect.andThen(storeIncidents(changed)), Effect.as(true));
    if (!(yield* attempts.attempt('store what was found', stored, false))) return;
    unstored.anomalies.clear();
    unstored.incidents.clear();
  });

  /** Anomalies without those of telemetry that has only not come yet. */
  const withoutLate = Effect.fnUntraced(function* (anomalies: readonly Anomaly[], endMs: number) {
    const { atOnce, due } = silence.take(anomalies, endMs);
    const borneOut: Anomaly[] = [];
    for (const anomaly of due) {
      const range = { seconds: 10, service: anomaly.service, fromMs: anomaly.startMs, toMs: endMs } as const;
      const rows = yield* attempts.attempt('look at a silence again', readWindows(range), []);
      const isTrue = isBorneOut(anomaly, rows);
      silence.settle(anomaly, isTrue);
      if (isTrue) borneOut.push(anomaly);
    }
    return [...atOnce, ...borneOut];
  });

  /** Calls between services are counted by the minute: what models say of one goes with its last window of 10 s. */
  const hearCalls = Effect.fnUntraced(function* (minutes: readonly number[]) {
    callVotes.clear();
    if (minutes.length === 0) return;
    const range = {
      seconds: 60,
      kind: 'edge',
      fromMs: Math.min(...minutes),
      toMs: Math.max(...minutes) + 60_000,
    } as const;
    const rows = yield* attempts.attempt('read calls of a minute', readWindows(range), []);
    for (const [minuteMs, own] of Map.groupBy(rows, ({ timeMs }) => timeMs)) {
      const said = yield* attempts.attempt(
        'ask the models of calls',
        Effect.promise(() => votes.of(own)),
        [],
      );
      callVotes.set(minuteMs + 50_000, said);
    }
  });

  const score: Watch['score'] = Effect.fnUntraced(function* (closed) {
    corrected += closed.corrected.length;
    const newest = Math.max(
      ...closed.closed.filter(({ seconds }) => seconds === 10).map(({ timeMs }) => timeMs),
      -Infinity,
    );
    if (newest === -Infinity) return;
    const minutes = closed.closed.filter(({ seconds }) => seconds === 60).map(({ timeMs }) => timeMs);
    yield* hearCalls(minutes);
    for (const minuteMs of minutes.slice(-1)) {
      const beyond = yield* attempts.attempt('count metric series', seriesLeftOut(60, minuteMs), []);
      metricsLeftOut = beyond.map(({ service, leftOut: left }) => ({ service, series: left }));
    }
    const now = yield* Clock.currentTimeMillis;
    const from = Math.max((scoredMs ?? -Infinity) + stepMs, now - limits.analyze.catchUpMs);
    for (let fromMs = Math.floor(from / stepMs) * stepMs; fromMs <= newest; fromMs += portionMs) {
      const toMs = Math.min(fromMs + portionMs, newest + stepMs);
      const rows = yield* attempts.attempt('read windows', readWindows({ seconds: 10, fromMs, toMs }), null);
      // Tried again with the next window.
      if (rows === null) return;
      for (const window of observedWindows(rows)) {
        yield* attempts.forLong('score a window', scoreWindow(window));
      }
      scoredMs = toMs - stepMs;
    }
    if (closed.behindMs > 0 || hasCaughtUp || scoredMs === null) return;
    hasCaughtUp = true;
    yield* attempts.forLong('end what nobody goes on with', endOrphans(scoredMs + stepMs));
  });

  /** What the store has as open from before a restart, and was not found again. */
  const endOrphans = Effect.fnUntraced(function* (seenUntilMs: number) {
    const nowMs = yield* Clock.currentTimeMillis;
    const orphans = known.orphans(openAnomalies, seenUntilMs);
    yield* follow(orphans, seenUntilMs, nowMs);
    const open = new Set(incidents.open().map(({ id }) => id));
    for (const incident of storedIncidents.filter(({ id, endMs }) => endMs === null && !open.has(id))) {
      unstored.incidents.set(incident.id, { ...incident, endMs: seenUntilMs });
    }
    yield* storeWhatIsNot;
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
    isSaved = true;
    yield* attempts.attempt('save its state', saveState(part, JSON.stringify(state), now), undefined);
  });
  const saveNews = Effect.suspend(() => (isSaved ? Effect.void : save));
  const status: Watch['status'] = (nowMs) => ({
    windows: { scored, newestMs: scoredMs, corrected },
    behindMs: scoredMs === null ? 0 : Math.max(0, lastClosed(nowMs, limits.analyze.latenessMs) - scoredMs - stepMs),
    services: countBy(services.values()),
    series: watched,
    leftOut,
    metricsLeftOut,
    open: { anomalies: openAnomalies.size, incidents: incidents.open().length },
  });

  return { score, refresh, save, saveNews, status };
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
