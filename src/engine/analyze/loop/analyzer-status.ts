import type { LearnedFrom } from '../../domain/anomaly.ts';

/** What the analyzer says of itself, in `obs status` and `/status`. */
export interface AnalyzerStatus {
  readonly memoryBytes: number;
  /** Of this process since it started. */
  readonly cpuSeconds: number;
  /** Windows of 10 s that were scored since it started, and the start of the newest; Unix milliseconds. */
  readonly windows: { readonly scored: number; readonly newestMs: number | null; readonly corrected: number };
  /** How far the newest scored window is behind, beyond what it always waits. */
  readonly behindMs: number;
  readonly services: { readonly [L in LearnedFrom]: number };
  /** Series that are watched. */
  readonly series: number;
  /** Series that are not watched, as there are more than the limit. */
  readonly leftOut: number;
  /** Services that send more metric series than are kept of one (docs/features.md), the most first. */
  readonly metricsLeftOut: readonly { readonly service: string; readonly series: number }[];
  readonly open: { readonly anomalies: number; readonly incidents: number };
  readonly models: { readonly loaded: number; readonly skipped: readonly string[] };
  readonly hooks: { readonly delivered: number; readonly waiting: number; readonly givenUp: number };
  readonly predictions: { readonly open: number; readonly right: number; readonly wrong: number };
  /** By what the part does: why its last try failed; a part that works again is not there. */
  readonly problems: Readonly<Record<string, string>>;
}
