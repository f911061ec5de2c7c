/**
 * What traces and logs are judged from. A window holds whole traces: those that began in it. Times are Unix milliseconds
 * with a fraction (resolution about 0.25 µs).
 */

export interface RecordSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentId: string;
  readonly name: string;
  /** As stored: `Server`, `Client`, `Internal`, `Producer`, `Consumer` or `Unspecified`. */
  readonly kind: string;
  readonly service: string;
  /** Pod or `service.instance.id`; where there is neither, the service. */
  readonly instance: string;
  /** Empty where unknown. */
  readonly host: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  /** Who is called, as the caller's attributes name it; empty where they do not. */
  readonly peer: string;
  /** The database system that is called; empty for none. */
  readonly database: string;
}

export interface RecordLog {
  readonly timeMs: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly service: string;
  readonly instance: string;
  /** OpenTelemetry's: 17 and above are errors. */
  readonly severity: number;
  readonly body: string;
}

export interface RecordWindow {
  readonly fromMs: number;
  readonly toMs: number;
  readonly spans: readonly RecordSpan[];
  readonly logs: readonly RecordLog[];
}

/** One resource of one instance over time, such as CPU in cores or in percent of a limit. */
export interface ResourceSeries {
  readonly instance: string;
  readonly service: string;
  readonly metric: string;
  readonly kind: 'cpu' | 'memory';
  /** Of the limit in percent; absolute values otherwise. */
  readonly isPercent: boolean;
  /** Before the analysed window, oldest first. */
  readonly before: readonly number[];
  /** In it, with their times. */
  readonly present: readonly { readonly timeMs: number; readonly value: number }[];
}

export interface RecordsInput {
  /** What is asked about. */
  readonly analysed: RecordWindow;
  /** Known, or taken, to be fine. */
  readonly usual: RecordWindow;
  /** Further windows of the past, newest first; what was wrong in them is left out. */
  readonly history: readonly RecordWindow[];
  readonly resources?: readonly ResourceSeries[];
}
