import type { AttributeSplit } from './attributes/split.ts';
import type { Evidence } from './evidence/evidence.ts';
import type { Question, Scope } from './question.ts';

/**
 * The answer of `obs explain`, to whatever was asked, as `--json` prints it. Deterministic: the same stored data give the
 * same object. Times of spans are milliseconds from `trace.start`, with nanosecond resolution; other times are ISO 8601.
 */
export interface Explanation {
  /** Version of this shape; fields are only ever added within one. */
  readonly version: 2;
  readonly question: Question;
  readonly scope: Scope;
  readonly verdict: Verdict;
  /** What may be the cause, the likeliest first; the verdict's culprit leads. Empty when nothing is unusual. */
  readonly suspects: readonly Suspect[];
  /** Operations that fare worse than usual, the first domino first; what callers show of their callees comes after them. */
  readonly symptoms: readonly Symptom[];
  /** What would have been without the cause; null where it cannot be said. */
  readonly without: Without | null;
  /** The trace that was asked for, or the one that shows best what was found; null when there is none. */
  readonly trace: TraceSummary | null;
  /** What its latency was spent on: the stretches of its critical path, without gaps, in order of time. */
  readonly path: readonly PathStep[];
  /** Every span of it, parents before children, in order of display. */
  readonly spans: readonly ExplainedSpan[];
  readonly errors: ErrorStory | null;
  /** The most telling first. */
  readonly findings: readonly Finding[];
  /** Attribute values that separate bad from good. */
  readonly attributes: readonly AttributeSplit[];
  /** What was changed around the onset, the newest first. */
  readonly changes: readonly ChangeFact[];
  readonly anomalies: readonly AnomalyFact[];
  /** The log records of the trace, oldest first. */
  readonly logs: readonly ExplainedLog[];
  /** What could not be seen, or had to be assumed, and what would settle it. */
  readonly missing: readonly Missing[];
  /** Commands to type next. */
  readonly next: readonly { readonly command: string; readonly why: string }[];
}

/** An answer that shows a trace. */
export type TraceExplanation = Explanation & { readonly trace: TraceSummary };

/** What a suspect is. */
export type SuspectKind =
  | 'service'
  | 'instance'
  | 'host'
  /** What the service calls and what sends no spans of its own: a database, somebody else's API. */
  | 'dependency'
  /** A version of the service, since it was deployed. */
  | 'version';

export interface Suspect {
  readonly kind: SuspectKind;
  /** Of an instance its `service.instance.id` or pod, of a version that; else as telemetry names it. */
  readonly name: string;
  /** Empty for a host. */
  readonly service: string;
  /** Natural log of how much likelier the data are with it at fault: comparable within one answer. */
  readonly score: number;
  /** 0 to 1: its share of the evidence (docs/explain.md, "How sure"). */
  readonly confidence: number;
  /** When its own trouble began, with nine tenths of probability between `from` and `to`. */
  readonly since: { readonly at: string; readonly from: string; readonly to: string } | null;
  /** One plain sentence each, the weightiest first. */
  readonly why: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** An operation that is slower, or fails more, than it does usually. */
export interface Symptom {
  readonly service: string;
  readonly operation: string;
  readonly kind: string;
  readonly what: 'duration' | 'errors' | 'traffic';
  /**
   * Mean milliseconds, share of failed calls (0 to 1), or calls a second. NaN is never given: null where unknown. Of one
   * trace `usual` is the median; of two sides it is null where the second does not call the operation.
   */
  readonly usual: number | null;
  readonly present: number;
  readonly calls: number;
  readonly failed: number;
  /** When it began, ISO 8601; null where it cannot be told. */
  readonly since: string | null;
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
}

export interface Without {
  /** Of one trace, or of the mean of the operation that customers feel. */
  readonly savedMs: number;
  readonly savedPercent: number;
  /** Failed requests that would not have failed. */
  readonly errorsAvoided: number;
  readonly sentence: string;
  /** How those traces fared in which the cause was absent; null where there are none. */
  readonly check: { readonly traces: number; readonly holds: boolean; readonly sentence: string } | null;
  readonly evidence: readonly Evidence[];
}

/** A deployment, a change of configuration or a note of a pipeline, set in time beside the onset. */
export interface ChangeFact {
  /** Row of obs_changes. */
  readonly id: string;
  readonly at: string;
  readonly service: string;
  readonly kind: string;
  readonly sentence: string;
  /** A change after the onset is never blamed. */
  readonly relation: 'before-onset' | 'after-onset' | 'no-onset';
  readonly blamed: boolean;
  readonly evidence: readonly Evidence[];
}

/** Found by the analyzer. */
export interface AnomalyFact {
  /** Row of obs_anomalies. */
  readonly id: string;
  readonly at: string;
  readonly service: string;
  readonly severity: Severity;
  readonly sentence: string;
  readonly evidence: readonly Evidence[];
}

export interface Missing {
  readonly text: string;
  /** Which telemetry, or which flag, would settle it; null where nothing would. */
  readonly settle: string | null;
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
  /** 0 to 1, as that of suspects; 0 where nobody is named. */
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

const shapeNames = [
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
  'retry-amplification',
  'timeout-mismatch',
  'cold-start',
  'instance-queue',
  'hot-key',
  'cache-miss',
  'gc-pause',
  'cpu-throttling',
  'slow-connect',
  'fan-out',
  'payload-growth',
  'cascading-failure',
  'lock-wait',
  'clock-skew',
  'missing-instrumentation',
] as const;
export type ShapeName = (typeof shapeNames)[number];

export interface Culprit extends SpanReference {
  /** The version that misbehaves, for deployments. */
  readonly version?: string;
  /** The one instance, or the host, that it is about. */
  readonly instance?: string;
  readonly host?: string;
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

export interface ExplainedLog {
  readonly atMs: number;
  readonly spanId: string;
  readonly service: string;
  readonly severity: string;
  readonly body: string;
}
