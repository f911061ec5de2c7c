import { ownExcess } from './baseline.ts';
import type { CriticalPath } from './critical-path.ts';
import type { History } from './history.ts';
import type { Nearby } from './nearby.ts';
import type { Onset, Window } from './onset.ts';
import { databaseSystemOf, type TraceData } from './span.ts';
import type { OperationKey } from './sql.ts';
import type { TraceTree } from './trace-tree.ts';
import { durationOf, type TreeSpan } from './tree-span.ts';

/** Calls of a service by the version that answered them; of server and consumer spans. */
export interface VersionStats {
  readonly service: string;
  readonly version: string;
  /** Unix milliseconds of the version's first span. */
  readonly firstSeenMs: number;
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** How often an operation of one of the trace's services ran, lately and before. */
export interface CallRate extends OperationKey {
  readonly recentCalls: number;
  readonly usualCalls: number;
}

/** Points of a metric of one process, by time; `stream` tells its points' attributes apart. */
export interface MetricSeries {
  readonly service: string;
  readonly instance: string;
  readonly metric: string;
  readonly stream: string;
  readonly points: readonly { readonly time: number; readonly value: number }[];
}

/** Services of the trace that run in several environments under one name. */
export interface OwnEnvironment {
  /** The trace's own; null where its spans name none, or several. */
  readonly name: string | null;
  readonly services: readonly string[];
  readonly all: readonly string[];
}

/** All that a shape may look at. What the store could not give is empty, never guessed. */
export interface TraceContext extends Nearby {
  readonly data: TraceData;
  readonly tree: TraceTree;
  readonly path: CriticalPath;
  readonly history: History;
  /** How much longer than usual each span on the path was by itself, in nanoseconds. */
  readonly excess: ReadonlyMap<TreeSpan, number>;
  readonly onset: Onset | null;
  /** Up to when the time around the trace was looked at, Unix nanoseconds. */
  readonly untilNs: bigint;
  readonly windows: readonly Window[];
  readonly callRates: readonly CallRate[];
  readonly versions: readonly VersionStats[];
  /** Services of which several versions ran within a day; left out where nobody looked. */
  readonly severalVersions?: readonly string[];
  readonly memory: readonly MetricSeries[];
  readonly pools: readonly MetricSeries[];
  /** Null or left out where no name stands for several environments. */
  readonly environment?: OwnEnvironment | null;
}

/** What is loaded beside the spans. */
export type Surroundings = Pick<
  TraceContext,
  | 'history'
  | 'onset'
  | 'untilNs'
  | 'windows'
  | 'callRates'
  | 'versions'
  | 'severalVersions'
  | 'memory'
  | 'pools'
  | 'environment'
  | keyof Nearby
>;

export function withSurroundings(
  data: TraceData,
  tree: TraceTree,
  path: CriticalPath,
  surroundings: Surroundings,
): TraceContext {
  return { data, tree, path, ...surroundings, excess: ownExcess(path, surroundings.history) };
}

export const latencyNs = ({ tree }: Pick<TraceContext, 'tree'>): number => durationOf(tree.root);

/** Part of the trace's latency, 0 to 1. */
export function shareOf(ns: number, context: Pick<TraceContext, 'tree'>): number {
  const latency = latencyNs(context);
  return latency > 0 ? Math.min(1, ns / latency) : 0;
}

export const pathNs = (spans: readonly TreeSpan[], { path }: Pick<TraceContext, 'path'>): number =>
  spans.reduce((sum, span) => sum + (path.selfNs.get(span) ?? 0), 0);

/** Own time on the path of the spans and of all that hangs below them. */
export function pathNsBelow(spans: readonly TreeSpan[], { path }: Pick<TraceContext, 'path'>): number {
  const within = new Set<TreeSpan>();
  const stack = [...spans];
  while (stack.length > 0) {
    const span = stack.pop()!;
    if (within.has(span)) continue;
    within.add(span);
    for (const child of span.children) stack.push(child);
  }
  let sum = 0;
  for (const [span, ns] of path.selfNs) if (within.has(span)) sum += ns;
  return sum;
}

/** The span on the other side of a call, in another service; undefined when that side sent none. */
export function calleeOf(span: TreeSpan): TreeSpan | undefined {
  if (span.kind !== 'Client' && span.kind !== 'Producer') return undefined;
  return span.children.find((child) => child.service !== span.service || child.kind === 'Server');
}

/** Whose time it is: between a caller and a callee that answers late, the callee's. */
export const serviceToBlame = (span: TreeSpan): string => calleeOf(span)?.service ?? span.service;

export const isDatabaseCall = (span: TreeSpan): boolean =>
  span.kind === 'Client' && databaseSystemOf(span) !== undefined;
