/** What began, causes before effects: in this order it is told of one minute. */
export const beginningKinds = [
  'service',
  'version',
  'host',
  'instance',
  'attribute',
  'log-pattern',
  'trace-shape',
  'log-vanished',
  'shape-vanished',
  'parameter',
  'log-rate',
  'shape-rate',
  'shape-errors',
  'shape-duration',
  'series',
] as const;
export type BeginningKind = (typeof beginningKinds)[number];

/** One thing that began, or changed, in the range: plain JSON. */
export interface Beginning {
  readonly kind: BeginningKind;
  /** Empty for a host's series. */
  readonly service: string;
  /** Version, host, `key=value`, id of the pattern or shape, or series. */
  readonly subject: string;
  readonly words: string;
  /** Unix milliseconds. */
  readonly onsetMs: number;
  /** −log10 of the probability that the like begins by chance within `togetherMs`, as often as it does here. */
  readonly surprise: number;
}

/** Things that began within the same minutes: plain JSON. */
export interface Meeting {
  /** Onset of the first and of the last of them, Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly services: readonly string[];
  /** −log10 of the probability that these meet by chance anywhere in the range. */
  readonly surprise: number;
  /** By minute of onset, then causes before effects, then the most surprising first. */
  readonly beginnings: readonly Beginning[];
  /** One sentence of the first of them. */
  readonly words: string;
}

/** What began so close together is one meeting. */
export const togetherMs: number = 3 * 60_000;

export interface TogetherRange {
  readonly fromMs: number;
  readonly toMs: number;
  /** All services where there are none. */
  readonly services?: readonly string[] | undefined;
}

/** A surprise over the whole range as that within `togetherMs`: rare things are as much rarer as the time is shorter. */
export const withinTogether = (surprise: number, { fromMs, toMs }: TogetherRange): number =>
  surprise + Math.max(0, Math.log10((toMs - fromMs) / togetherMs));
