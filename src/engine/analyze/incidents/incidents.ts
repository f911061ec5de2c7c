import type { Anomaly, Incident } from '../../domain/anomaly.ts';
import { limits } from '../../domain/limits.ts';
import { type Call, type CallGraph, callGraph } from './call-graph.ts';
import { type EarlierIncidents, earlierIncidents, type IncidentHistory } from './earlier-incidents.ts';
import { comesBackMs, groupAnomalies } from './grouping.ts';
import { type IncidentEvent, nextEvent } from './incident-event.ts';
import {
  cutCarriers,
  incidentNow,
  lastEnd,
  type LiveIncident,
  mergedInto,
  openIncident,
  startOf,
} from './live-incident.ts';
import { byStart, byText, byWeight } from './order.ts';

export type { IncidentHistory } from './earlier-incidents.ts';
export type { IncidentEvent } from './incident-event.ts';

export interface IncidentStep {
  /** Those that began, changed or ended; each as it is known now. */
  readonly anomalies: readonly Anomaly[];
  readonly edges: readonly Call[];
  /** On the clock of the anomalies' times. */
  readonly nowMs: number;
  /** Earlier incidents; those that go on may be among them, and get the notes they have there. */
  readonly history: readonly IncidentHistory[];
}

export interface Incidents {
  /** Those that opened, changed or ended by it, by start. The order of the anomalies within a step changes nothing. */
  push(step: IncidentStep): readonly Incident[];
  /** Of the last push, for hooks: `changed` only when an incident got more severe or reached another service. */
  events(): readonly IncidentEvent[];
  /** Of the last push: incidents that go on. */
  open(): readonly Incident[];
  /** Anomalies that go on and are in no incident, as there were too many at once. */
  leftOut(): number;
  /** To go on from in another process. */
  state(): string;
}

/** An anomaly that goes on and was not told of for so long was forgotten by whoever finds them. */
const forgottenMs = 24 * 3600 * 1000;
/** Ended incidents are kept for longer than they may open again, since windows may come late. */
const keptMs = 3 * comesBackMs;

interface Saved {
  readonly version: 1;
  readonly live: readonly LiveIncident[];
  /** When each anomaly that goes on was told of last. */
  readonly heardMs: Readonly<Record<string, number>>;
  readonly leftOut: readonly string[];
}

/** What was looked up, and what it is used as. */
interface Known {
  readonly edges: readonly Call[];
  readonly graph: CallGraph;
  readonly history: readonly IncidentHistory[];
  readonly earlier: EarlierIncidents;
}

/** @param state of `state()`; `null`, or what is none of this version, begins anew */
export function createIncidents(state: string | null): Incidents {
  const saved = readState(state);
  let live: LiveIncident[] = [...saved.live];
  let heardMs = new Map(Object.entries(saved.heardMs));
  const leftOut = new Set(saved.leftOut);
  let events: readonly IncidentEvent[] = [];
  let known: Known = { edges: [], graph: callGraph([]), history: [], earlier: earlierIncidents([]) };

  /** Takes in what is new of anomalies that are known, and gives those that are not. */
  const take = (step: IncidentStep): readonly Anomaly[] => {
    const latest = latestOf(step.anomalies);
    for (const incident of live) {
      incident.anomalies = incident.anomalies
        .map((anomaly) => {
          const news = latest.get(anomaly.id);
          if (news === undefined) return endedIfForgotten(anomaly, heardMs.get(anomaly.id), step.nowMs);
          latest.delete(anomaly.id);
          heardMs.set(anomaly.id, step.nowMs);
          return news;
        })
        .sort(byStart);
    }
    const room = limits.incidents.anomalies - live.reduce((sum, { anomalies }) => sum + anomalies.length, 0);
    const fresh = [...latest.values()].sort(byWeight);
    for (const [at, { id, endMs }] of fresh.entries()) {
      if (at < room || endMs !== null) leftOut.delete(id);
      else leftOut.add(id);
    }
    return fresh.slice(0, Math.max(0, room));
  };

  const regroup = (fresh: readonly Anomaly[], graph: CallGraph, nowMs: number): readonly Incident[] => {
    const byAnomaly = new Map(live.flatMap(({ anomalies }, index) => anomalies.map(({ id }) => [id, index] as const)));
    const merged: Incident[] = [];
    const next: LiveIncident[] = [];
    for (const anomaly of fresh) heardMs.set(anomaly.id, nowMs);
    for (const group of groupAnomalies([...live.flatMap(({ anomalies }) => anomalies), ...fresh], byAnomaly, graph)) {
      const indices = new Set(group.flatMap(({ id }) => byAnomaly.get(id) ?? []));
      const [oldest, ...others] = [...indices]
        .map((index) => live[index]!)
        .sort((a, b) => startOf(a) - startOf(b) || byText(a.id, b.id));
      const incident = oldest ?? openIncident(group);
      for (const other of others) {
        // Whoever was never given out needs no end.
        if (other.given !== null) merged.push(mergedInto(other, incident.id, nowMs));
        takeOver(incident, other);
      }
      incident.anomalies = group.toSorted(byStart);
      next.push(incident);
    }
    live = next;
    return merged.sort(byStart);
  };

  return {
    push(step) {
      // They are looked up once a minute, and pushed with every window.
      if (step.edges !== known.edges) known = { ...known, edges: step.edges, graph: callGraph(step.edges) };
      if (step.history !== known.history) {
        known = { ...known, history: step.history, earlier: earlierIncidents(step.history) };
      }
      const { graph, earlier } = known;
      for (const incident of live) noteFrom(earlier, incident);
      const merged = regroup(take(step), graph, step.nowMs);
      const changed: Incident[] = [...merged];
      const told: IncidentEvent[] = merged.map((incident) => ({ type: 'ended', incident, anomalies: [] }));
      for (const incident of live.sort((a, b) => startOf(a) - startOf(b) || byText(a.id, b.id))) {
        const now = incidentNow(incident, graph, earlier, step.nowMs);
        if (JSON.stringify(now) === JSON.stringify(incident.given)) continue;
        const type = nextEvent(incident, now);
        if (type !== null) {
          told.push({ type, incident: now, anomalies: incident.anomalies });
          incident.told = { severity: now.severity, services: now.services };
        }
        incident.given = now;
        incident.severity = now.severity;
        changed.push(now);
      }
      events = told;
      live = live.filter(({ anomalies }) => step.nowMs - (lastEnd(anomalies) ?? step.nowMs) <= keptMs);
      const going = new Set(live.flatMap(({ anomalies }) => anomalies.map(({ id }) => id)));
      heardMs = new Map([...heardMs].filter(([id]) => going.has(id)));
      return changed;
    },
    events: () => events,
    open: () => live.flatMap(({ given }) => (given === null || given.endMs !== null ? [] : [given])),
    leftOut: () => leftOut.size,
    state: () =>
      JSON.stringify({ version: 1, live, heardMs: Object.fromEntries(heardMs), leftOut: [...leftOut] } satisfies Saved),
  };
}

/** Of several versions of one anomaly in a step the one that knows most: ended, then the latest peak, then the score. */
function latestOf(anomalies: readonly Anomaly[]): Map<string, Anomaly> {
  const latest = new Map<string, Anomaly>();
  for (const anomaly of anomalies) {
    const other = latest.get(anomaly.id);
    if (other === undefined || knowsMore(anomaly, other)) latest.set(anomaly.id, cutCarriers(anomaly));
  }
  return latest;
}

function knowsMore(a: Anomaly, b: Anomaly): boolean {
  const known = ({ endMs, peakMs, score }: Anomaly): readonly number[] => [endMs ?? -1, peakMs, score];
  const [left, right] = [known(a), known(b)];
  const differs = left.findIndex((value, index) => value !== right[index]);
  return differs >= 0 ? left[differs]! > right[differs]! : byText(JSON.stringify(a), JSON.stringify(b)) > 0;
}

function endedIfForgotten(anomaly: Anomaly, heard: number | undefined, nowMs: number): Anomaly {
  if (anomaly.endMs !== null || heard === undefined || nowMs - heard < forgottenMs) return anomaly;
  return { ...anomaly, endMs: Math.max(anomaly.startMs, heard) };
}

/** A person's note is written beside all this. */
function noteFrom(earlier: EarlierIncidents, incident: LiveIncident): void {
  const note = earlier.noteOf(incident.id);
  if (incident.given !== null && note !== undefined) incident.given = { ...incident.given, note };
}

function takeOver(incident: LiveIncident, other: LiveIncident): void {
  if (incident.given !== null && incident.given.note === '' && other.given !== null) {
    incident.given = { ...incident.given, note: other.given.note };
  }
}

function readState(state: string | null): Saved {
  const anew: Saved = { version: 1, live: [], heardMs: {}, leftOut: [] };
  if (state === null) return anew;
  try {
    const saved = JSON.parse(state) as Saved;
    return saved.version === 1 && Array.isArray(saved.live) ? saved : anew;
  } catch {
    return anew;
  }
}
