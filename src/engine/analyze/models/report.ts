import { Schema } from 'effect';

/** How well a model tells wrong combinations from usual windows, on time that it has not learned from. */
export const Proof = Schema.Struct({
  /** Windows of that time. */
  windows: Schema.Number,
  /** The score that the share `falseShare` of them pass. */
  threshold: Schema.Number,
  falseShare: Schema.Number,
  /** Wrong combinations made from them, and the share that passes the threshold. */
  combinations: Schema.Number,
  found: Schema.Number,
  /** Of the same stretches left as they were, the share that passes it. */
  control: Schema.Number,
  /** Share of the later half that scores twice the highest score of the earlier half. */
  laterShare: Schema.Number,
  /** Median score; 1 when the model was trained. */
  median: Schema.Number,
});
export type Proof = typeof Proof.Type;

const count = Schema.Number;

export const ModelReport = Schema.Struct({
  /** Why it was trained: first, count, drift or asked. */
  why: Schema.String,
  windows: Schema.Struct({
    found: count,
    learned: count,
    heldBack: count,
    /** By reason: anomaly, restart, deploy, late, gap, far. */
    leftOut: Schema.Record(Schema.String, count),
  }),
  /** Stretches that were left out, the longest first; not all of many. */
  stretches: Schema.Array(Schema.Struct({ fromMs: Schema.Number, toMs: Schema.Number, why: Schema.String })),
  /** By pass; empty for a linear model, which is worked out at once. */
  losses: Schema.Array(Schema.Struct({ training: Schema.Number, heldBack: Schema.Number })),
  bestEpoch: Schema.Number,
  /** Sizes of the layers between input and output; of a linear model the number of its directions. */
  hidden: Schema.Array(count),
  seed: Schema.Number,
  trainingMs: Schema.Number,
  candidate: Schema.NullOr(Proof),
  /** The model that was current then, on the same windows and combinations. */
  current: Schema.NullOr(Schema.Struct({ id: Schema.String, proof: Schema.NullOr(Proof) })),
});
export type ModelReport = typeof ModelReport.Type;
