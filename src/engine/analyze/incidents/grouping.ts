import type { Anomaly } from '../../domain/anomaly.ts';
import type { CallGraph } from './call-graph.ts';
import { mainSymptom } from './directions.ts';
import { type Place, placeKey, placeOf } from './place.ts';
import { DisjointSets } from './disjoint-sets.ts';
import { byStart } from './order.ts';

const minuteMs = 60_000;
/** Near each other on the graph, starts so close together belong together. */
const startsTogetherMs = 5 * minuteMs;
/** So do those that overlap, when the later one began within this; in one service however late it began. */
const overlapStartsMs = 60 * minuteMs;
/** The same symptom of the same place within this after its end has come back. */
export const comesBackMs = 10 * minuteMs;
/** Starts in the same or neighbouring windows of 10 s. */
const sameWindowsMs = 30_000;
/** Without known calls, so many places that start in the same windows are one wide failure. */
const widePlaces = 3;

interface Member {
  readonly anomaly: Anomaly;
  readonly index: number;
}

/**
 * Which anomalies belong together: near in time and near on the graph of calls, directly or through others between.
 * The order of the anomalies changes nothing but the order of the answer.
 * @param known index of the incident that an anomaly is in already, by its id: those stay together
 */
export function groupAnomalies(
  anomalies: readonly Anomaly[],
  known: ReadonlyMap<string, number>,
  graph: CallGraph,
): readonly (readonly Anomaly[])[] {
  const members = anomalies.toSorted(byStart).map((anomaly, index): Member => ({ anomaly, index }));
  const sets = new DisjointSets(members.length);
  joinKnown(members, known, sets);

  const places = new Map<string, { readonly place: Place; readonly members: Member[] }>();
  for (const member of members) {
    const place = placeOf(member.anomaly);
    const key = placeKey(place);
    const entry = places.get(key) ?? { place, members: [] };
    entry.members.push(member);
    places.set(key, entry);
  }
  for (const [key, { place, members: here }] of places) {
    joinPlaces(here, here, 0, sets);
    if (place.kind === 'host') continue;
    for (const [service, hops] of graph.near(place.name)) {
      const there = placeKey({ kind: 'service', name: service });
      const others = places.get(there);
      // Each pair of places once.
      if (others !== undefined && there > key) joinPlaces(here, others.members, hops, sets);
    }
  }
  joinByTimeAlone(members, graph, sets);

  const groups = new Map<number, Anomaly[]>();
  for (const { anomaly, index } of members) {
    const root = sets.find(index);
    const group = groups.get(root);
    if (group === undefined) groups.set(root, [anomaly]);
    else group.push(anomaly);
  }
  return [...groups.values()];
}

function joinKnown(members: readonly Member[], known: ReadonlyMap<string, number>, sets: DisjointSets): void {
  const firsts = new Map<number, number>();
  for (const { anomaly, index } of members) {
    const incident = known.get(anomaly.id);
    if (incident === undefined) continue;
    const first = firsts.get(incident);
    if (first === undefined) firsts.set(incident, index);
    else sets.join(first, index);
  }
}

/** Most pairs of a storm are together after the first few, and are only looked up. */
function joinPlaces(here: readonly Member[], there: readonly Member[], hops: number, sets: DisjointSets): void {
  for (const a of here) {
    for (const b of there) {
      if (sets.find(a.index) !== sets.find(b.index) && nearInTime(a.anomaly, b.anomaly, hops)) {
        sets.join(a.index, b.index);
      }
    }
  }
}

/** @param hops calls between their services; 0: the same place */
export function nearInTime(a: Anomaly, b: Anomaly, hops: number): boolean {
  const [early, late] = byStart(a, b) <= 0 ? [a, b] : [b, a];
  const apart = late.startMs - early.startMs;
  if (apart <= startsTogetherMs) return true;
  const endMs = early.endMs ?? Number.POSITIVE_INFINITY;
  if (late.startMs <= endMs) return hops === 0 || apart <= overlapStartsMs;
  return hops === 0 && late.startMs - endMs <= comesBackMs && mainSymptom(a) === mainSymptom(b);
}

/**
 * Where no calls are known (no traces yet, a service without them, a host) only time can tell: a host goes with all that
 * starts in the same windows, and several such places that start together are one failure of what they share.
 */
function joinByTimeAlone(members: readonly Member[], graph: CallGraph, sets: DisjointSets): void {
  const places = new Map(members.map(({ anomaly, index }) => [index, placeOf(anomaly)]));
  const placed = (member: Member): Place => places.get(member.index)!;
  joinAround(members, (member) => placed(member).kind === 'host', sets);

  const alone = members.filter((member) => placed(member).kind === 'host' || !graph.has(placed(member).name));
  const counts = new Map<string, number>();
  const count = (member: Member, by: number): void => {
    const key = placeKey(placed(member));
    const now = (counts.get(key) ?? 0) + by;
    if (now === 0) counts.delete(key);
    else counts.set(key, now);
  };
  const window = { entered: (member: Member) => count(member, 1), left: (member: Member) => count(member, -1) };
  joinAround(alone, () => counts.size >= widePlaces, sets, window);
}

/**
 * Joins all that start in the same windows as one of those asked for.
 * @param members by start
 * @param change told of what comes into the windows around a member and leaves them, before it is asked for
 */
function joinAround(
  members: readonly Member[],
  asked: (member: Member) => boolean,
  sets: DisjointSets,
  change?: { entered(member: Member): void; left(member: Member): void },
): void {
  let first = 0;
  let next = 0;
  let joined = 0;
  for (const member of members) {
    const startMs = member.anomaly.startMs;
    for (; next < members.length && members[next]!.anomaly.startMs - startMs <= sameWindowsMs; next++) {
      change?.entered(members[next]!);
    }
    for (; startMs - members[first]!.anomaly.startMs > sameWindowsMs; first++) change?.left(members[first]!);
    if (!asked(member)) continue;
    for (joined = Math.max(joined, first); joined + 1 < next; joined++) {
      sets.join(members[joined]!.index, members[joined + 1]!.index);
    }
  }
}
