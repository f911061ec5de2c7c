/** What the functions of the language measure, and which numbers they can be compared with. */
export const units = ['duration', 'count', 'share', 'rate'] as const;
export type Unit = (typeof units)[number];

/** Which rows a function looks at. */
export type Subject = 'calls' | 'logs' | 'anomalies' | 'incidents';

interface Measure {
  readonly unit: Unit;
  readonly of: Subject;
  /** 0 to 1, of quantiles. */
  readonly quantile?: number;
}

export const measures = {
  p50: { unit: 'duration', of: 'calls', quantile: 0.5 },
  p90: { unit: 'duration', of: 'calls', quantile: 0.9 },
  p95: { unit: 'duration', of: 'calls', quantile: 0.95 },
  p99: { unit: 'duration', of: 'calls', quantile: 0.99 },
  max: { unit: 'duration', of: 'calls' },
  mean: { unit: 'duration', of: 'calls' },
  calls: { unit: 'count', of: 'calls' },
  errors: { unit: 'count', of: 'calls' },
  error_rate: { unit: 'share', of: 'calls' },
  rate: { unit: 'rate', of: 'calls' },
  logs: { unit: 'count', of: 'logs' },
  log_errors: { unit: 'count', of: 'logs' },
  anomalies: { unit: 'count', of: 'anomalies' },
  incidents: { unit: 'count', of: 'incidents' },
} as const satisfies Record<string, Measure>;
export type MeasureName = keyof typeof measures;

export const measureOf = (name: MeasureName): Measure => measures[name];
export const isMeasureName = (text: string): text is MeasureName => Object.hasOwn(measures, text);

/** Least `SeverityNumber` of OpenTelemetry's levels. */
export const logLevels = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;
export type LogLevel = keyof typeof logLevels;

export const foundSeverities = ['info', 'warning', 'critical'] as const;
export type FoundSeverity = (typeof foundSeverities)[number];

export const comparators = ['<=', '>=', '==', '!=', '<', '>'] as const;
export type Comparator = (typeof comparators)[number];

/** Characters of the source: from the first up to, not including, the last. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** A name, or with `glob` one in which `*` is any text. */
export interface Pattern {
  readonly text: string;
  readonly glob: boolean;
}

export type Selector =
  | { readonly by: 'name'; readonly name: Pattern; readonly place: Place }
  | { readonly by: 'operation'; readonly service: Pattern; readonly operation: Pattern; readonly place: Place };

export type Filter =
  | { readonly filter: 'level'; readonly least: LogLevel }
  | { readonly filter: 'severity'; readonly least: FoundSeverity };

export interface Term {
  readonly measure: MeasureName;
  /** Null of incidents, which have none, and where `--service` says what is meant. */
  readonly selector: Selector | null;
  readonly filter: Filter | null;
  readonly place: Place;
}

/** The number as typed, and what it is in the base unit: nanoseconds, a count, a share of 1, calls a second. */
export interface Bound {
  readonly text: string;
  readonly value: number;
}

export interface Comparison {
  readonly is: 'comparison';
  readonly term: Term;
  readonly comparator: Comparator;
  readonly bound: Bound;
  readonly place: Place;
}

export type Expression =
  | Comparison
  | { readonly is: 'not'; readonly of: Expression }
  | { readonly is: 'and' | 'or'; readonly of: readonly Expression[] };

/** One assertion, and its text as typed: places are of it. */
export interface Assertion {
  readonly source: string;
  readonly expression: Expression;
}

export function comparisonsOf(expression: Expression): readonly Comparison[] {
  if (expression.is === 'comparison') return [expression];
  return expression.is === 'not' ? comparisonsOf(expression.of) : expression.of.flatMap(comparisonsOf);
}
