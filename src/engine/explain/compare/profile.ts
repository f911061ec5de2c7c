import { criticalPath } from '../critical-path.ts';
import { isError, type Span } from '../span.ts';
import { keyOf, type OperationKey } from '../sql.ts';
import { buildTree } from '../trace-tree.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';

/** What one trace spent on each of its operations. */
export interface TraceProfile {
  readonly traceId: string;
  readonly durationMs: number;
  readonly failed: boolean;
  /** The root's. */
  readonly operation: OperationKey;
  readonly spent: ReadonlyMap<string, Spent>;
  /** Milliseconds on the critical path in spans of a service, or below such. */
  readonly belowMs: ReadonlyMap<string, number>;
}

export interface Spent extends OperationKey {
  readonly calls: number;
  readonly errors: number;
  /** Own time on the critical path; all operations of a trace together are its duration. */
  readonly pathMs: number;
}

/** @param spans of one trace. @returns null when there are none. */
export function profileOf(traceId: string, spans: readonly Span[]): TraceProfile | null {
  const tree = buildTree(spans, traceId);
  if (tree === null) return null;
  const path = criticalPath(tree.root);
  const spent = new Map<string, { key: OperationKey; calls: number; errors: number; pathMs: number }>();
  for (const span of tree.spans) {
    if (span.synthetic) continue;
    const { service, kind, operation } = span;
    const of = spent.get(keyOf(span)) ?? { key: { service, kind, operation }, calls: 0, errors: 0, pathMs: 0 };
    of.calls++;
    of.errors += isError(span) ? 1 : 0;
    of.pathMs += (path.selfNs.get(span) ?? 0) / 1e6;
    spent.set(keyOf(span), of);
  }
  const { service, kind, operation } = tree.root;
  return {
    traceId,
    durationMs: durationOf(tree.root) / 1e6,
    failed: isError(tree.root),
    operation: { service, kind, operation },
    spent: new Map([...spent].map(([key, { key: names, ...numbers }]) => [key, { ...names, ...numbers }])),
    belowMs: belowMsOf(path.selfNs),
  };
}

function belowMsOf(selfNs: ReadonlyMap<TreeSpan, number>): ReadonlyMap<string, number> {
  const below = new Map<string, number>();
  for (const [span, ns] of selfNs) {
    const services = new Set<string>();
    for (let at: TreeSpan | null = span; at !== null; at = at.parent) services.add(at.service);
    for (const service of services) below.set(service, (below.get(service) ?? 0) + ns / 1e6);
  }
  return below;
}

/** How an operation differs between two sets of traces: means a trace. */
export interface Difference extends OperationKey {
  readonly badMs: number;
  readonly goodMs: number;
  readonly badCalls: number;
  readonly goodCalls: number;
  readonly badErrors: number;
  readonly goodErrors: number;
  /** Share of the difference in duration that is its own: 0 to 1, negative where it became faster. */
  readonly share: number;
  /** Difference of own time in standard errors; infinite with one trace a side, where chance cannot be told. */
  readonly score: number;
}

/** Operations by how much of the difference is theirs, the most first; those that do not differ are left out. */
export function differencesOf(bad: readonly TraceProfile[], good: readonly TraceProfile[]): readonly Difference[] {
  const keys = new Map([...bad, ...good].flatMap(({ spent }) => [...spent]));
  const whole = mean(bad, ({ durationMs }) => durationMs) - mean(good, ({ durationMs }) => durationMs);
  return [...keys]
    .map(([key, { service, kind, operation }]): Difference => {
      const of = (number: 'calls' | 'errors' | 'pathMs') => (profile: TraceProfile) =>
        profile.spent.get(key)?.[number] ?? 0;
      const [badMs, goodMs] = [mean(bad, of('pathMs')), mean(good, of('pathMs'))];
      const error = Math.sqrt(variance(bad, of('pathMs')) / bad.length + variance(good, of('pathMs')) / good.length);
      return {
        service,
        kind,
        operation,
        badMs,
        goodMs,
        badCalls: mean(bad, of('calls')),
        goodCalls: mean(good, of('calls')),
        badErrors: mean(bad, of('errors')),
        goodErrors: mean(good, of('errors')),
        share: Math.abs(whole) < 1e-6 ? 0 : (badMs - goodMs) / whole,
        score: error > 0 ? (badMs - goodMs) / error : badMs === goodMs ? 0 : (badMs - goodMs) * Infinity,
      };
    })
    .filter(differs)
    .sort((a, b) => weightOf(b) - weightOf(a) || (keyOf(a) < keyOf(b) ? -1 : 1));
}

const differs = ({ badMs, goodMs, badCalls, goodCalls, badErrors, goodErrors }: Difference): boolean =>
  Math.abs(badMs - goodMs) >= 0.5 || Math.abs(badCalls - goodCalls) >= 0.1 || Math.abs(badErrors - goodErrors) >= 0.02;

/** A failure more a trace weighs as a second. */
const errorMs = 1000;
const weightOf = ({ badMs, goodMs, badErrors, goodErrors }: Difference): number =>
  Math.abs(badMs - goodMs) + errorMs * Math.abs(badErrors - goodErrors);

export const mean = <A>(items: readonly A[], of: (item: A) => number): number =>
  items.length === 0 ? 0 : items.reduce((total, item) => total + of(item), 0) / items.length;

export function variance<A>(items: readonly A[], of: (item: A) => number): number {
  if (items.length < 2) return 0;
  const middle = mean(items, of);
  return items.reduce((total, item) => total + (of(item) - middle) ** 2, 0) / (items.length - 1);
}
