import { deviationsFrom, learnPast, type RecordDeviations } from '../../../src/engine/cause/records/deviations.ts';
import type { RecordWindow } from '../../../src/engine/cause/records/input.ts';
import { type Random, seeded } from '../petshop/random.ts';
import { olderWindows, readRecording, resourcesOf, windowOf } from './records.ts';
import { fileStart, minutesOf, readFaults } from './recording.ts';
import { database, type Delayed, withDelay } from './simulate.ts';

/** What is delayed: all messages of a pod by its place, or those of one edge by what it joins. */
export const kinds = [
  'pod: front',
  'pod: middle',
  'pod: leaf',
  'edge: front to service',
  'edge: service to service',
  'edge: service to leaf',
  'edge: service to database',
] as const;

export interface DelayCase {
  readonly window: string;
  readonly kind: (typeof kinds)[number];
  readonly delayed: Delayed;
  /** With a delayed message. */
  readonly calls: number;
  /** From 1; null where neither the pod nor the other end of its edge has a score. */
  readonly rank: number | null;
  readonly first: string;
  readonly score: number;
  readonly firstScore: number;
}

export interface DelayOptions {
  /** Windows at most. */
  readonly limit: number;
  /** Delays of each kind in each window. */
  readonly draws: number;
  readonly seed: number;
}

const minuteMs = 60_000;
const delaysMs = [50, 100, 300, 1000, 2000];
const olderAtMost = 6;

/**
 * The minute before the first fault of each pod in a row (later ones still show the former), with `draws` delays of each
 * kind put into it, one at a time; a minute in which the pod fails already is left out. The engine alone, S + T + R.
 */
export function* simulatedDelays(data: string, options: DelayOptions): Generator<DelayCase> {
  const recording = readRecording(data);
  const faults = readFaults(data);
  const names = minutesOf(data);
  const normalFrom = fileStart(names.find((name) => name.startsWith('normal/')) ?? names[0]!, faults[0]!.atMs);
  const usual = windowOf(recording.traces, normalFrom, normalFrom + minuteMs);
  const firstOnes = faults.filter(({ pod }, at) => pod !== faults[at - 1]?.pod);
  for (const [at, fault] of firstOnes.slice(0, options.limit).entries()) {
    const time = new Date(fault.atMs).toISOString();
    const fromMs = fileStart(time.slice(11, 16).replace(':', '_'), fault.atMs);
    const healthy = windowOf(recording.traces, fromMs, Math.min(fromMs + minuteMs, fault.atMs));
    if (logsErrors(healthy, fault.pod) && !logsErrors(usual, fault.pod)) continue;
    const learned = learnPast(usual, olderWindows(recording.traces, healthy, { most: olderAtMost, skip: 1 }));
    const resources = resourcesOf(recording, healthy.fromMs, healthy.toMs);
    const random = seeded(options.seed * 1000 + at);
    const places = Array.from({ length: options.draws }, () => placesOf(healthy, random)).flat();
    for (const { kind, pod, peer } of places) {
      const delayed: Delayed = {
        pod,
        peer,
        direction: pick(['out', 'in', 'both'] as const, random),
        delayMs: pick(delaysMs, random),
        share: random.next() < 0.75 ? 1 : 0.5,
      };
      const { window, calls } = withDelay(healthy, delayed, random);
      if (calls === 0) continue;
      const ranked = rankedBy(deviationsFrom(learned, window, resources));
      const place = ranked.findIndex(([instance]) => instance === pod || instance === peer);
      yield {
        window: time.slice(11, 16),
        kind,
        delayed,
        calls,
        rank: place < 0 ? null : place + 1,
        first: ranked[0]?.[0] ?? '',
        score: ranked[place]?.[1] ?? 0,
        firstScore: ranked[0]?.[1] ?? 0,
      };
    }
  }
}

/** In one minute of the recording the fault has begun before it is said to. */
const logsErrors = ({ logs }: RecordWindow, pod: string): boolean =>
  logs.some(({ instance, severity }) => instance === pod && severity >= 17);

/** Instances by the sum of what structure, timing and resources say, the highest first. */
function rankedBy({ structure, delays, resources }: RecordDeviations): readonly (readonly [string, number])[] {
  const sums = new Map<string, number>();
  const add = (instance: string, score: number): void => void sums.set(instance, (sums.get(instance) ?? 0) + score);
  for (const { instance, score } of structure) add(instance, score);
  for (const { instance, score } of delays.values()) add(instance, score);
  for (const { series, z } of resources) add(series.instance, z);
  return [...sums].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
}

interface Place {
  readonly kind: DelayCase['kind'];
  readonly pod: string;
  readonly peer: string | null;
}

/** Of each kind that the window has, one, at random. An edge is delayed at either end. */
function placesOf({ spans }: RecordWindow, random: Random): readonly Place[] {
  const byId = new Map(spans.map((span) => [`${span.traceId}${span.spanId}`, span] as const));
  const [callers, callees] = [new Set<string>(), new Set<string>()];
  const edges = new Map<string, readonly [caller: string, callee: string]>();
  for (const span of spans) {
    const caller = byId.get(`${span.traceId}${span.parentId}`)?.instance ?? span.instance;
    if (span.database !== '') edges.set(`${span.instance} ${database}`, [span.instance, database]);
    if (caller === span.instance) continue;
    callers.add(caller);
    callees.add(span.instance);
    edges.set(`${caller} ${span.instance}`, [caller, span.instance]);
  }
  const isFront = (pod: string): boolean => !callees.has(pod);
  const isLeaf = (pod: string): boolean => !callers.has(pod);
  const places: Place[] = [...new Set([...callers, ...callees])].map((pod) => ({
    kind: isFront(pod) ? 'pod: front' : isLeaf(pod) ? 'pod: leaf' : 'pod: middle',
    pod,
    peer: null,
  }));
  for (const [caller, callee] of edges.values()) {
    const kind =
      callee === database
        ? 'edge: service to database'
        : isFront(caller)
          ? 'edge: front to service'
          : isLeaf(callee)
            ? 'edge: service to leaf'
            : 'edge: service to service';
    const atCaller = callee === database || random.next() < 0.5;
    places.push({ kind, pod: atCaller ? caller : callee, peer: atCaller ? callee : caller });
  }
  const byKind = Map.groupBy(places, ({ kind }) => kind);
  return kinds.flatMap((kind) => {
    const own = byKind.get(kind) ?? [];
    return own.length === 0 ? [] : [pick(own, random)];
  });
}

const pick = <Item>(items: readonly Item[], random: Random): Item => items[Math.floor(random.next() * items.length)]!;
