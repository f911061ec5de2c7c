/**
 * The answer of `obs explain`, as `--json` prints it. Deterministic: the same stored data give the same object.
 * Times of spans are milliseconds from `trace.start`, with nanosecond resolution.
 */
export interface Explanation {
  /** Version of this shape; fields are only ever added within one. */
  readonly version: 1;
  readonly trace: TraceSummary;
  readonly verdict: Verdict;
  /** What the latency was spent on: the stretches of the critical path, without gaps, in order of time. */
  readonly path: readonly PathStep[];
  /** Every span, parents before children, in order of display. */
  readonly spans: readonly ExplainedSpan[];
  readonly errors: ErrorStory | null;
  /** The most telling first. */
  readonly findings: readonly Finding[];
  /** The log records of the trace, oldest first. */
  readonly logs: readonly ExplainedLog[];
  /** What could not be seen, or had to be assumed, in sentences. */
  readonly missing: readonly string[];
  /** Commands to type next. */
  readonly next: readonly { readonly command: string; readonly why: string }[];
}

export interface TraceSummary {
  readonly traceId: string;
  /** ISO 8601 with nanoseconds, UTC. */
  readonly start: string;
  readonly durationMs: number;
  readonly root: SpanReference;
  readonly spans: number;
  readonly errors: number;
  readonly services: readonly string[];
  /** The root operation's history, null when there is none yet. */
  readonly usual: Usual | null;
  /** When operations of this trace turned slower or began to fail, if they did in the half hour before it. */
  readonly onset: { readonly at: string; readonly service: string; readonly operation: string } | null;
  /** The time that "usual" is taken from. */
  readonly historyFrom: string;
  readonly historyTo: string;
}

export interface SpanReference {
  readonly spanId: string;
  readonly service: string;
  readonly operation: string;
}

/** An operation's own history. Milliseconds, from sketches with 1 % relative error. */
export interface Usual {
  readonly calls: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

export interface Verdict {
  readonly sentence: string;
  /** The finding that it rests on: the first, or null when nothing stands out. */
  readonly finding: ShapeName | null;
  readonly culprit: Culprit | null;
  readonly severity: Severity | null;
  /** 0 to 1. */
  readonly confidence: number;
}

export interface PathStep extends SpanReference {
  readonly startMs: number;
  /** Time in which the span itself, none of its children, was waited for; all steps together are the trace's duration. */
  readonly selfMs: number;
}

export interface ExplainedSpan extends SpanReference {
  readonly parentSpanId: string;
  readonly depth: number;
  readonly kind: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** Time in none of its children. */
  readonly selfMs: number;
  /** Own time on the critical path, 0 where it runs through children alone; null off the path. */
  readonly pathMs: number | null;
  readonly status: string;
  readonly usual: Usual | null;
  /** Duration divided by the usual median; null without history. */
  readonly timesUsual: number | null;
  /** Stands in for a parent that was not received. */
  readonly synthetic: boolean;
  readonly unfinished: boolean;
  /** What clock correction added to its start. */
  readonly shiftMs: number;
}

export interface ErrorStory {
  /** Where it began: the earliest failed span that no failed span lies below. */
  readonly first: SpanReference & { readonly atMs: number; readonly type: string | null; readonly message: string };
  /** The failed callers, from the first error upwards. */
  readonly spread: readonly SpanReference[];
  /** The first caller that did not fail; null when the failure reached the root. */
  readonly stoppedAt: SpanReference | null;
  readonly reachedRoot: boolean;
  /** Other places where errors began. */
  readonly others: readonly SpanReference[];
}

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export const shapeNames = [
  'bad-deploy',
  'memory-leak',
  'n-plus-one',
  'retry-storm',
  'pool-wait',
  'timeout-cut',
  'error-burst',
  'error-origin',
  'slow-dependency',
  'slow-operation',
  'serial-calls',
] as const;
export type ShapeName = (typeof shapeNames)[number];

export interface Culprit extends SpanReference {
  /** The version that misbehaves, for deployments. */
  readonly version?: string;
  /** Who is called, where the callee sends no spans of its own: a database system, a host. */
  readonly dependency?: string;
}

export interface Finding {
  readonly id: ShapeName;
  readonly title: string;
  readonly severity: Severity;
  readonly culprit: Culprit;
  /** The part of the trace's latency that goes away without it. */
  readonly explains: { readonly ms: number; readonly percent: number };
  readonly sentences: readonly string[];
  /** Ids of the spans that show it. */
  readonly spans: readonly string[];
  /** 0 to 1: how well the data tell this shape from others that look like it. */
  readonly confidence: number;
  readonly evidence: readonly Evidence[];
}

/** Rows, and the statement that yields them: it runs as it stands on the query endpoint. */
export interface Evidence {
  readonly title: string;
  readonly sql: string;
  readonly rows: readonly EvidenceRow[];
}

export type EvidenceRow = Readonly<Record<string, unknown>>;

export interface ExplainedLog {
  readonly atMs: number;
  readonly spanId: string;
  readonly service: string;
  readonly severity: string;
  readonly body: string;
}
