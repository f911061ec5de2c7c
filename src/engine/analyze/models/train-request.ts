import type { SeriesName } from '../../domain/anomaly.ts';
import type { Family, ModelCard } from './artefact.ts';
import type { ModelReport } from './report.ts';
import type { Tried } from './prove.ts';

/** A scope's windows, those that something is known against already left out; it goes to another process as it is. */
export interface TrainRequest {
  readonly scope: string;
  readonly seconds: number;
  readonly nowMs: number;
  readonly seed: number;
  readonly why: string;
  /** Those of the new models first, `wanted` of them, those of one service together; then others that current models look at. */
  readonly columns: readonly SeriesName[];
  readonly wanted: number;
  /** Starts of the windows, rising, Unix milliseconds. */
  readonly times: Float64Array;
  /** windows × columns; NaN is a gap. */
  readonly values: Float32Array;
  /** What was left out before, for the report. */
  readonly found: number;
  readonly leftOut: ModelReport['windows']['leftOut'];
  readonly stretches: ModelReport['stretches'];
  /** Models to compare with. */
  readonly current: readonly { readonly id: string; readonly family: Family; readonly file: Uint8Array }[];
}

export interface Candidate {
  readonly card: ModelCard;
  /** An ONNX file of the card and its graph. */
  readonly file: Uint8Array;
  readonly tried: Tried;
}

export interface TrainedModels {
  readonly candidates: readonly Candidate[];
  /** `tried` is `null`, and why, where the model could not be read. */
  readonly current: readonly {
    readonly id: string;
    readonly family: Family;
    readonly tried: Tried | null;
    readonly why: string | null;
  }[];
}
