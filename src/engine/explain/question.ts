/** A stretch of time, Unix milliseconds: from `fromMs` up to, not including, `toMs`. */
export interface TimeRange {
  readonly fromMs: number;
  readonly toMs: number;
}

/** One side of a comparison. */
export type Side =
  | { readonly side: 'trace'; readonly traceId: string }
  | { readonly side: 'version'; readonly service: string; readonly version: string }
  | { readonly side: 'time'; readonly range: TimeRange }
  | { readonly side: 'attribute'; readonly key: string; readonly value: string };

/** What can be asked. Ids are whole: beginnings of them are resolved before. */
export type Question =
  | { readonly ask: 'trace'; readonly traceId: string }
  /** What is wrong in this time, or with these services, or with an operation of theirs? */
  | {
      readonly ask: 'range';
      readonly range: TimeRange;
      readonly services?: readonly string[];
      readonly operation?: string;
      /** A time known to be fine; else what came before. */
      readonly usual?: TimeRange;
    }
  | { readonly ask: 'incident'; readonly id: string }
  | { readonly ask: 'anomaly'; readonly id: string }
  /** What did this version change? `id` is that of a row of obs_changes. */
  | { readonly ask: 'deploy'; readonly id: string }
  /** Sides that name no time are looked for in `within`. */
  | { readonly ask: 'compare'; readonly bad: Side; readonly good: Side; readonly within: TimeRange }
  /** What do these traces have in common that others have not? */
  | {
      readonly ask: 'traces';
      readonly traceIds: readonly string[];
      /** Given as well, beyond what is read: they do not count among the others. */
      readonly leftOut?: readonly string[];
    };

/** What was looked at. Times are ISO 8601. */
export interface Scope {
  readonly from: string;
  readonly to: string;
  /** What "usual" is taken from; null where there is no history. */
  readonly usualFrom: string | null;
  readonly usualTo: string | null;
  /** When the trouble began, where it can be told: `from` and `to` hold nine tenths of the probability. */
  readonly onset: { readonly at: string; readonly from: string; readonly to: string } | null;
  readonly services: readonly string[];
  /** Spans in the time looked at, and traces that were looked into one by one. */
  readonly spans: number;
  readonly tracesRead: number;
}
