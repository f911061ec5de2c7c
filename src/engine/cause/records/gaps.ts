import { endOf, type RecordTrace, type TreeSpan } from './trace-spans.ts';

/** Time between a caller's span and its callee's, on the way there and back. */
export interface Crossing {
  /** The caller's span, whose only child is the callee's. */
  readonly span: TreeSpan;
  readonly callee: TreeSpan;
  readonly beforeMs: number;
  readonly afterMs: number;
}

/** Time of a span in none of its children. */
export interface OwnTime {
  readonly span: TreeSpan;
  readonly ms: number;
  /** A call to a database, which leaves no span of its own there. */
  readonly isDatabase: boolean;
}

/** A span at its place in the code: service, caller, name, and the how manieth of its name. */
export interface CallSite {
  readonly span: TreeSpan;
  readonly site: string;
  /** The span in another instance that answers it. */
  readonly callee: TreeSpan | undefined;
}

/** What a window's spans say of time. */
export interface Timing {
  readonly crossings: readonly Crossing[];
  readonly own: readonly OwnTime[];
  readonly sites: readonly CallSite[];
}

export function timingOf(traces: readonly RecordTrace[]): Timing {
  const crossings: Crossing[] = [];
  const own: OwnTime[] = [];
  const sites: CallSite[] = [];
  for (const { spans } of traces) {
    for (const span of spans) {
      const [only, ...others] = span.children;
      if (only !== undefined && others.length === 0 && only.instance !== span.instance) {
        const [beforeMs, afterMs] = [only.startMs - span.startMs, endOf(span) - endOf(only)];
        crossings.push({ span, callee: only, beforeMs, afterMs });
      } else {
        own.push({ span, ms: selfMs(span), isDatabase: only === undefined && span.database !== '' });
      }
    }
    sites.push(...sitesOf(spans));
  }
  return { crossings, own, sites };
}

/** Duration without what its children cover. */
function selfMs(span: TreeSpan): number {
  let covered = 0;
  let upTo = span.startMs;
  const end = endOf(span);
  for (const child of span.children) {
    const from = Math.max(upTo, child.startMs);
    const to = Math.min(end, endOf(child));
    if (to <= from) continue;
    covered += to - from;
    upTo = to;
  }
  return span.durationMs - covered;
}

function sitesOf(spans: readonly TreeSpan[]): CallSite[] {
  const sites: CallSite[] = [];
  for (const { name: parentName, children } of spans) {
    const seen = new Map<string, number>();
    for (const span of children) {
      const ordinal = seen.get(span.name) ?? 0;
      seen.set(span.name, ordinal + 1);
      const callee = span.children.find(({ instance }) => instance !== span.instance);
      const site = [span.service, parentName, span.name, ordinal].join('\u0000');
      sites.push({ span, site, callee });
    }
  }
  return sites;
}
