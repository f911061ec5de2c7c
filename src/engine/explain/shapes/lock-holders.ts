import { isDatabaseCall, type TraceContext } from '../context.ts';
import type { OverlappingStatement } from '../nearby.ts';
import { attributeOf, databaseSystemOf, type Span } from '../span.ts';
import { keyOf } from '../sql.ts';
import { clockToleranceNs, durationOf, type TreeSpan } from '../tree-span.ts';
import { statementOf } from './calls.ts';

/** What probably held a lock that a statement waited for. */
export interface Holder extends OverlappingStatement {
  readonly isTransaction: boolean;
  /** Statements on the same resource that ended when the holder did, the one that is asked about among them. */
  readonly waiters: number;
}

const least = { heldShare: 0.5, calls: 3, step: 0.4 };
/**
 * A waiter goes on soon after the holder ends: within 20 ms, or a fifth of the wait as far as that is 150 ms: SQLite looks
 * every 100 ms, and those in line go on one after the other.
 */
const promptNs = { least: 20_000_000, most: 150_000_000, part: 0.2 };

/** The table or collection that a statement is about, as far as its attributes, its text or its name tell. */
export function resourceOf(span: Pick<Span, 'attributes' | 'operation'>): string | undefined {
  const said = attributeOf(span, 'db.collection.name', 'db.sql.table', 'db.mongodb.collection', 'db.cassandra.table');
  if (said !== undefined) return said.toLowerCase();
  const text = statementOf(span) ?? span.operation;
  const table = /\b(?:from|into|update|table|join)\s+[`"[]?([\w.$]+)/i.exec(text)?.[1];
  return (
    table ?? /^(?:SELECT|INSERT|UPDATE|DELETE|REPLACE|UPSERT|MERGE) ([\w.$]+)$/i.exec(span.operation)?.[1]
  )?.toLowerCase();
}

const namespaceOf = (span: Pick<Span, 'attributes'>): string =>
  `${databaseSystemOf(span) ?? ''} ${attributeOf(span, 'db.namespace', 'db.name') ?? ''}`;

/** Who held what a statement of the trace waited for: it began earlier and ended right before the statement did. */
export const latestHolder = (waiter: TreeSpan, context: TraceContext): Holder | undefined =>
  holderOf(onStoreClock(waiter, context), [...context.statements, ...ofThisTrace(waiter, context)]);

/** Who held what a statement waited for, of all that ran meanwhile. */
export function holderOf(waiter: OverlappingStatement, all: readonly OverlappingStatement[]): Holder | undefined {
  const resource = resourceOf(waiter);
  const { startNs: own, endNs: end } = waiter;
  const waitNs = end - own;
  const promptly = Math.max(promptNs.least, Math.min(promptNs.most, waitNs * promptNs.part));
  const others = all.filter((other) => !(other.spanId === waiter.spanId && other.traceId === waiter.traceId));
  const same = others.filter((other) => isTransaction(other) || isSameResource(other, waiter, resource));
  // Reads do not keep others from reading, nor, in most databases, from writing.
  const holders = same.filter(
    (other) =>
      (isTransaction(other) || isWrite(other)) &&
      other.startNs < own - clockToleranceNs / 2 &&
      other.endNs <= end + clockToleranceNs &&
      end - other.endNs <= promptly &&
      other.endNs - own >= waitNs * least.heldShare,
  );
  const holder = holders.reduce<OverlappingStatement | undefined>(
    (longest, one) => (longest === undefined || one.startNs < longest.startNs ? one : longest),
    undefined,
  );
  if (holder === undefined || isSlowEverywhere(waiter, resource, others)) return undefined;
  const waiters = same.filter(
    (other) => other !== holder && other.startNs > holder.startNs && Math.abs(other.endNs - holder.endNs) <= promptly,
  );
  return { ...holder, isTransaction: isTransaction(holder), waiters: 1 + waiters.length };
}

const writes = /^(insert|update|delete|replace|upsert|merge|set|put|write|lock)\b|\bfor (update|share)\b/i;
const isWrite = (call: Pick<Span, 'attributes' | 'operation'>): boolean =>
  writes.test(statementOf(call) ?? '') || writes.test(call.operation);

export const isTransaction = ({ kind, operation }: OverlappingStatement): boolean =>
  kind !== 'Client' || /transaction|^begin\b|\btx\b/i.test(operation);

const isSameResource = (
  other: OverlappingStatement,
  waiter: OverlappingStatement,
  resource: string | undefined,
): boolean =>
  namespaceOf(other) === namespaceOf(waiter) &&
  (resource === undefined ? keyOf(other) === keyOf(waiter) : resourceOf(other) === resource);

/** Statements on other tables that are as long mean a slow database. */
function isSlowEverywhere(
  waiter: OverlappingStatement,
  resource: string | undefined,
  others: readonly OverlappingStatement[],
): boolean {
  if (resource === undefined) return false;
  const elsewhere = others.filter(
    (other) =>
      other.kind === 'Client' &&
      namespaceOf(other) === namespaceOf(waiter) &&
      ![resource, undefined].includes(resourceOf(other)) &&
      !isTransaction(other) &&
      other.endNs - other.startNs >= (waiter.endNs - waiter.startNs) / 2,
  );
  return elsewhere.length >= least.calls;
}

function ofThisTrace(waiter: TreeSpan, { tree, data }: TraceContext): readonly OverlappingStatement[] {
  return tree.spans
    .filter(
      (span) => span !== waiter && isDatabaseCall(span) && span.endNs > waiter.startNs && span.startNs < waiter.endNs,
    )
    .map((span) => onStoreClock(span, { data }));
}

/** As the store has it: without what was moved for clocks that differ. */
const onStoreClock = (
  { spanId, service, kind, operation, startNs, endNs, shiftNs, status, attributes }: TreeSpan,
  { data }: Pick<TraceContext, 'data'>,
): OverlappingStatement => ({
  traceId: data.traceId,
  spanId,
  service,
  kind,
  operation,
  status,
  attributes,
  startNs: startNs - shiftNs,
  endNs: endNs - shiftNs,
});

/** Writes to one resource that began together, of which each ended a like step after the one before; by their ends. */
export function inARow(calls: readonly TreeSpan[]): readonly (readonly TreeSpan[])[] {
  if (calls.length < least.calls) return [];
  const byResource = Map.groupBy(calls.filter(isWrite), (call) => `${keyOf(call)} ${resourceOf(call) ?? ''}`);
  return [...byResource.values()].flatMap((same) => {
    const queue = same.toSorted((a, b) => a.endNs - b.endNs);
    const [first, last] = [queue[0], queue.at(-1)];
    if (first === undefined || last === undefined || queue.length < least.calls) return [];
    // All began before the first had ended, and no two ended together.
    const latestStart = Math.max(...queue.map(({ startNs }) => startNs));
    if (latestStart >= first.endNs - clockToleranceNs) return [];
    const step = (last.endNs - first.endNs) / (queue.length - 1);
    const isEven = queue.every((call, at) => at === 0 || call.endNs - queue[at - 1]!.endNs >= step * least.step);
    return isEven && durationOf(last) >= durationOf(first) * (queue.length / 2) ? [queue] : [];
  });
}
