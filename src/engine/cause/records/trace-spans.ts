import type { RecordLog, RecordSpan, RecordWindow } from './input.ts';

/** A span among its trace's. */
export interface TreeSpan extends RecordSpan {
  parent: TreeSpan | undefined;
  readonly children: TreeSpan[];
}

export const endOf = ({ startMs, durationMs }: RecordSpan): number => startMs + durationMs;

export interface RecordTrace {
  readonly traceId: string;
  /** By start. */
  readonly spans: readonly TreeSpan[];
  /** By time. */
  readonly logs: readonly RecordLog[];
}

/** The window's traces as trees: each span once, children by start, a parent that is not there is none. */
export function tracesOf({ spans, logs }: RecordWindow): RecordTrace[] {
  const logsByTrace = Map.groupBy(logs, ({ traceId }) => traceId);
  return [...Map.groupBy(spans, ({ traceId }) => traceId)].map(([traceId, own]) => {
    const byId = new Map<string, TreeSpan>();
    for (const span of own.toSorted((a, b) => a.startMs - b.startMs || (a.spanId < b.spanId ? -1 : 1))) {
      if (!byId.has(span.spanId)) byId.set(span.spanId, { ...span, parent: undefined, children: [] });
    }
    const tree = [...byId.values()];
    for (const span of tree) {
      const parent = byId.get(span.parentId);
      if (parent === undefined || isBelow(parent, span)) continue;
      span.parent = parent;
      parent.children.push(span);
    }
    return { traceId, spans: tree, logs: oncePerLine(logsByTrace.get(traceId) ?? []) };
  });
}

/** Whether a span hangs below another already: linking them the other way would close a circle. */
function isBelow(span: TreeSpan, ancestor: TreeSpan): boolean {
  for (let at: TreeSpan | undefined = span; at !== undefined; at = at.parent) if (at === ancestor) return true;
  return false;
}

function oncePerLine(logs: readonly RecordLog[]): RecordLog[] {
  const seen = new Set<string>();
  return logs
    .filter(({ timeMs, spanId, body }) => {
      const key = `${timeMs}\u0000${spanId}\u0000${body}`;
      return !seen.has(key) && seen.add(key) !== undefined;
    })
    .toSorted((a, b) => a.timeMs - b.timeMs);
}
