import type { Evidence } from '../evidence/evidence.ts';
import type { Comparator, MeasureName, Place } from './language/expression.ts';

/** What `obs assert --json` prints. Times are ISO 8601, UTC. */
export interface AssertAnswer {
  /** Version of this shape; fields are only ever added within one. */
  readonly version: 1;
  /** Whether all hold; null where one could not be asked and none is known not to hold. */
  readonly holds: boolean | null;
  readonly from: string;
  readonly to: string;
  /** Spans themselves, exact; or rollups in windows of 10 s or 1 min, quantiles within 1 %. */
  readonly source: 'spans' | 'rollups-10s' | 'rollups-1m';
  /** In the range, of all services. */
  readonly spans: number;
  readonly assertions: readonly AssertionAnswer[];
  /** Why comparisons did not hold, by traces, log records, or what the analyzer found. */
  readonly because: readonly Because[];
  readonly notes: readonly string[];
}

export interface AssertionAnswer {
  /** As typed; places are of it. */
  readonly assertion: string;
  readonly holds: boolean | null;
  readonly comparisons: readonly ComparisonAnswer[];
}

export type ValueUnit = 'ms' | 'count' | 'percent' | 'per_second';

export interface ComparisonAnswer {
  readonly comparison: string;
  readonly measure: MeasureName;
  readonly comparator: Comparator;
  readonly value: number | null;
  readonly bound: number;
  readonly unit: ValueUnit;
  /** Of the comparison by itself, also below a `not`. */
  readonly holds: boolean | null;
  /** What the name meant: "service cart". Null where it has no one meaning. */
  readonly of: string | null;
  /** Calls, or log records, that the value is of. */
  readonly count: number | null;
  /** Why there is no value, and where in the assertion. */
  readonly problem: (Place & { readonly text: string }) | null;
  readonly evidenceId: string | null;
  readonly sql: string | null;
  readonly rows: Evidence['rows'];
}

/** What shows why a comparison did not hold. */
export interface Because {
  readonly comparison: string;
  readonly value: number | null;
  readonly unit: ValueUnit;
  readonly evidence: Evidence;
  readonly traces: readonly ExplainedTrace[];
  /** First log records, or sentences of the analyzer: untrusted text. */
  readonly lines: readonly string[];
}

export interface ExplainedTrace {
  readonly traceId: string;
  /** Null where the trace is not there as a whole yet. */
  readonly verdict: string | null;
  readonly finding: { readonly id: string; readonly title: string; readonly severity: string } | null;
  /** Command for all of it. */
  readonly next: string;
}
