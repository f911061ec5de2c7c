import type { Span } from './span.ts';

/** Spans with ids that differ, in an order that does not depend on how they arrived. */
export interface UniqueSpans {
  readonly spans: readonly Span[];
  /** Copies of a span that was received more than once (exporters retry). */
  readonly duplicates: number;
  /** Spans that shared an id with a different span. */
  readonly sharedIds: number;
}

/**
 * Drops copies, and gives spans that share an id (Zipkin lets the server side share the client's) ids of their own.
 * The server side goes under its client side and takes the children of its own service, as Jaeger's adjuster does.
 */
export function uniqueSpans(received: readonly Span[]): UniqueSpans {
  const byId = new Map<string, Span[]>();
  let duplicates = 0;
  for (const span of received.toSorted(inFixedOrder)) {
    const same = byId.get(span.spanId);
    if (same === undefined) byId.set(span.spanId, [span]);
    // Copies come one after the other in the fixed order.
    else if (identical(same.at(-1)!, span)) duplicates++;
    else same.push(span);
  }
  const shared = [...byId.values()].filter((same) => same.length > 1);
  if (shared.length === 0) return { spans: [...byId.values()].flat(), duplicates, sharedIds: 0 };

  const renamed = new Map<Span, Span>();
  const serverSideOf = new Map<string, Span>();
  for (const same of shared) {
    const first = same.find((span) => span.kind === 'Client') ?? same[0]!;
    let number = 2;
    for (const span of same) {
      if (span === first) continue;
      const isServerSide = first.kind === 'Client' && span.kind === 'Server';
      const copy = {
        ...span,
        spanId: `${span.spanId}#${number++}`,
        parentSpanId: isServerSide ? first.spanId : span.parentSpanId,
      };
      renamed.set(span, copy);
      if (isServerSide && !serverSideOf.has(first.spanId)) serverSideOf.set(first.spanId, copy);
    }
  }
  const underServerSide = (span: Span): Span => {
    const server = serverSideOf.get(span.parentSpanId);
    return server !== undefined && server.service === span.service ? { ...span, parentSpanId: server.spanId } : span;
  };
  const spans = [...byId.values()].flat().map((span) => renamed.get(span) ?? underServerSide(span));
  return { spans, duplicates, sharedIds: renamed.size };
}

const identical = (a: Span, b: Span): boolean =>
  a.startNs === b.startNs &&
  a.durationNs === b.durationNs &&
  a.service === b.service &&
  a.operation === b.operation &&
  a.kind === b.kind &&
  a.parentSpanId === b.parentSpanId;

function inFixedOrder(a: Span, b: Span): number {
  return (
    a.startNs - b.startNs ||
    b.durationNs - a.durationNs ||
    compareText(a.spanId, b.spanId) ||
    compareText(a.parentSpanId, b.parentSpanId) ||
    compareText(a.service, b.service) ||
    compareText(a.operation, b.operation) ||
    compareText(a.kind, b.kind) ||
    compareText(a.status, b.status) ||
    compareText(a.statusMessage, b.statusMessage)
  );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
