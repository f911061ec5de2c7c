import type { ErrorStory, SpanReference } from './explanation.ts';
import { attributeOf, isError, type TraceLog } from './span.ts';
import type { TraceTree } from './trace-tree.ts';
import type { TreeSpan } from './tree-span.ts';

const errorSeverity = 17;

/** The failed spans that no failed span lies below: where errors began, the earliest first. */
export function errorOrigins(tree: TraceTree): readonly TreeSpan[] {
  const hasFailedBelow = new Set<TreeSpan>();
  for (const span of tree.spans) {
    if (!isError(span)) continue;
    // Each ancestor is marked once: a marked one has marked those above it.
    for (let up = span.parent; up !== null && !hasFailedBelow.has(up); up = up.parent) hasFailedBelow.add(up);
  }
  return tree.spans
    .filter((span) => isError(span) && !hasFailedBelow.has(span))
    .sort((a, b) => failedAt(a) - failedAt(b) || b.depth - a.depth || (a.spanId < b.spanId ? -1 : 1));
}

/** The failed callers of a span, without gaps upwards. */
export function failedCallers(origin: TreeSpan): readonly TreeSpan[] {
  const callers: TreeSpan[] = [];
  for (let up = origin.parent; up !== null && isError(up); up = up.parent) callers.push(up);
  return callers;
}

/** The first error and how it spread; null when nothing failed. */
export function errorStory(tree: TraceTree, logs: readonly TraceLog[]): ErrorStory | null {
  const origins = errorOrigins(tree);
  // What reached the root tells why the trace failed; an error that was dealt with may have come before.
  const first = origins.find((span) => reachesRoot(span, tree)) ?? origins[0];
  if (first === undefined) return null;
  const callers = failedCallers(first);
  const above = (callers.at(-1) ?? first).parent;
  return {
    first: { ...referenceOf(first), atMs: failedAt(first) / 1e6, ...describeError(first, logs) },
    spread: callers.map(referenceOf),
    stoppedAt: above === null ? null : referenceOf(above),
    reachedRoot: reachesRoot(first, tree),
    others: origins.filter((span) => span !== first).map(referenceOf),
  };
}

export function reachesRoot(origin: TreeSpan, tree: TraceTree): boolean {
  return origin === tree.root || failedCallers(origin).at(-1) === tree.root;
}

/** The exception that was recorded, else the status message, an error code, or an error log of the span. */
export function describeError(
  span: TreeSpan,
  logs: readonly TraceLog[],
): { readonly type: string | null; readonly message: string } {
  const exception = span.events.findLast((event) => event.name === 'exception')?.attributes;
  const code = attributeOf(span, 'http.response.status_code', 'http.status_code', 'rpc.grpc.status_code');
  const log = logs.find((record) => record.spanId === span.spanId && record.severityNumber >= errorSeverity);
  const type = firstSaid(
    exception?.['exception.type'],
    log?.exceptionType,
    attributeOf(span, 'exception.type', 'error.type'),
  );
  const message = firstSaid(
    exception?.['exception.message'],
    span.statusMessage,
    log?.exceptionMessage,
    log?.body,
    code === undefined ? undefined : `status ${code}`,
  );
  return { type: type ?? null, message: message ?? '' };
}

const firstSaid = (...texts: readonly (string | undefined)[]): string | undefined =>
  texts.find((text) => text !== undefined && text !== '');

/** When a span failed: its exception's time, else its end. */
function failedAt(span: TreeSpan): number {
  const exception = span.events.find((event) => event.name === 'exception');
  return exception === undefined ? span.endNs : exception.atNs + span.shiftNs;
}

export const referenceOf = ({ spanId, service, operation }: TreeSpan): SpanReference => ({
  spanId,
  service,
  operation,
});
