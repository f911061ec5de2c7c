import { TrainingRefused } from './errors.ts';
import { defaultHidden } from './network.ts';
import type { ScalingKind } from './robust-scaling.ts';

export interface RowShape {
  readonly rows: number;
  readonly features: number;
}

export interface TrainingOptions {
  /** Sizes of the layers between input and output; by default half, an eighth and half of the features. */
  readonly hidden?: readonly number[];
  readonly seed?: number;
  /** Passes over the training rows at most; by default 40, more where the rows are few. */
  readonly epochs?: number;
  readonly batchRows?: number;
  readonly learningRate?: number;
  /** Training ends after this many passes without a better held-back loss; by default a fifth of `epochs`. */
  readonly patience?: number;
  /** The newest share of the rows: never trained on, decides when to stop and what error is usual. */
  readonly heldBackShare?: number;
  /** Denoising: the share of inputs that is hidden from the network while it learns (Vincent et al. 2008). */
  readonly hiddenShare?: number;
  readonly scaling?: ScalingKind;
  /** Stops between two steps. */
  readonly signal?: AbortSignal;
}

export type TrainingPlan = Required<Omit<TrainingOptions, 'signal'>> & { readonly signal: AbortSignal | undefined };

/** Fewer rows say nothing about what is usual. */
export const leastRows = 60;

const fewestEpochs = 40;
/** Few rows are gone through more often, until the network has taken about this many steps. */
const fewestSteps = 2000;

/** The options with defaults in place, or why these rows cannot be trained on. */
export function trainingPlan(
  rows: Float32Array,
  shape: RowShape,
  { signal, ...options }: TrainingOptions,
): TrainingPlan | TrainingRefused {
  const batchRows = options.batchRows ?? 128;
  const epochs = options.epochs ?? Math.max(fewestEpochs, Math.ceil((fewestSteps * batchRows) / shape.rows));
  const plan = {
    hidden: defaultHidden(shape.features),
    seed: 1,
    epochs,
    batchRows,
    learningRate: 5e-3,
    patience: Math.ceil(epochs / 5),
    heldBackShare: 0.2,
    hiddenShare: 0.1,
    scaling: 'feature' as const,
    ...options,
    signal,
  };
  const refuse = (reason: string): TrainingRefused => new TrainingRefused({ reason });
  if (!isCount(shape.features)) return refuse(`${shape.features} features`);
  if (rows.length !== shape.rows * shape.features)
    return refuse(`${rows.length} values are not ${shape.rows} rows of ${shape.features} features`);
  if (shape.rows < leastRows) return refuse(`${shape.rows} rows; at least ${leastRows} are needed`);
  if (plan.hidden.length === 0 || !plan.hidden.every(isCount)) return refuse(`layers of ${plan.hidden.join(', ')}`);
  if (!isCount(plan.epochs) || !isCount(plan.batchRows))
    return refuse('epochs and batchRows are whole numbers above 0');
  if (!(plan.heldBackShare > 0 && plan.heldBackShare < 1)) return refuse('heldBackShare lies between 0 and 1');
  if (!(plan.hiddenShare >= 0 && plan.hiddenShare < 1)) return refuse('hiddenShare lies between 0 and 1');
  return plan;
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value > 0;
}
