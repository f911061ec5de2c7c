/** What features are told apart by. `edge`: calls of `service` to the service `subject`. */
export const featureKinds = ['service', 'operation', 'host', 'metric', 'edge'] as const;
export type FeatureKind = (typeof featureKinds)[number];

/** Lengths of windows in seconds, the shortest first. */
export const windowSeconds = [10, 60, 600] as const;
export type WindowSeconds = (typeof windowSeconds)[number];

/**
 * What a window is to be taken with care for, never smoothed over.
 * `gap`: the subject was seen before and not in this window. `restart`: an instance started in it. `reset`: a counter
 * began anew. `deploy`: another version was seen for the first time. `late`: worked out once more, for what came late.
 */
export const featureMarks = ['gap', 'restart', 'reset', 'deploy', 'late'] as const;
export type FeatureMark = (typeof featureMarks)[number];

/** One subject in one closed window: a row of `obs_features`. */
export interface FeatureRow {
  /** Start of the window, Unix milliseconds; a multiple of its length. */
  readonly timeMs: number;
  readonly seconds: WindowSeconds;
  readonly kind: FeatureKind;
  /** Empty for a host. */
  readonly service: string;
  /** Empty for a service; else operation (`Server GET /pay`), host name, metric with its attributes, or called service. */
  readonly subject: string;
  /** By feature; a feature that the window has no value for is not there. Names and units: docs/features.md. */
  readonly values: Readonly<Record<string, number>>;
  readonly marks: readonly FeatureMark[];
}
