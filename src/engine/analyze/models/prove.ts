import type { ModelCard } from './artefact.ts';
import type { Combinations } from './combinations.ts';
import { leadWindows, stretchWindows } from './combinations.ts';
import { type Judge, trackedScores } from './judge.ts';
import { columnsAmong, pickColumns } from './matrix.ts';
import type { Proof } from './report.ts';
import type { SeriesName } from '../../domain/anomaly.ts';

/** Share of usual windows that pass a threshold when two models are compared. */
const falseShare = 1 / 200;
/** What proves a model: it finds so much more of the wrong than it passes of the right … */
const leastGain = 0.1;
/** … and no more than this share of later usual windows scores so many times the highest score of earlier ones. */
const mostLater = 0.1;
const laterTimes = 2;

/** What models are measured on, the same for all of them. */
export interface Trial {
  readonly columns: readonly SeriesName[];
  /** Usual windows of held-back time, rows × columns, and which of them do not follow the one before. */
  readonly usual: Float32Array;
  readonly begins: readonly boolean[];
  readonly combinations: Combinations;
}

export interface Tried {
  readonly proof: Proof;
  /** Which combinations were found. */
  readonly hits: readonly boolean[];
}

export async function tryModel(
  judge: Judge,
  card: Pick<ModelCard, 'columns' | 'usual' | 'groups'>,
  { columns, usual, begins, combinations }: Trial,
): Promise<Tried> {
  const picked = columnsAmong(card.columns, columns);
  const scoresOf = async (rows: Float32Array, begin: (row: number) => boolean): Promise<Float64Array> =>
    trackedScores(card, await judge.errors(pickColumns(rows, columns.length, picked)), begin);
  const scores = await scoresOf(usual, (row) => begins[row]!);
  const sorted = scores.toSorted();
  const threshold = quantile(sorted, 1 - falseShare);
  const length = leadWindows + stretchWindows;
  const passed = async (rows: Float32Array): Promise<readonly boolean[]> => {
    const found = await scoresOf(rows, (row) => row % length === 0);
    return Array.from({ length: combinations.count }, (_, index) =>
      found.subarray(index * length + leadWindows, (index + 1) * length).some((score) => score > threshold),
    );
  };
  const hits = await passed(combinations.wrong);
  const control = await passed(combinations.right);
  const middle = scores.length >> 1;
  const before = scores.subarray(0, middle).reduce((a, b) => Math.max(a, b), 0);
  const later = scores.subarray(middle).filter((score) => score > laterTimes * before).length;
  return {
    hits,
    proof: {
      windows: scores.length,
      threshold,
      falseShare,
      combinations: combinations.count,
      found: shareOf(hits),
      control: shareOf(control),
      laterShare: later / Math.max(1, scores.length - middle),
      median: quantile(sorted, 0.5),
    },
  };
}

/** Why a model may not vote; `null` where it may. */
export function whyUnproven({ combinations, found, control, laterShare }: Proof): string | null {
  if (combinations === 0) return 'held-back time is too short or too torn to prove it on';
  if (found - control < leastGain)
    return `it finds ${percent(found)} of wrong combinations and passes ${percent(control)} of right ones: it tells nothing`;
  if (laterShare > mostLater)
    return `${percent(laterShare)} of later usual windows score twice what any earlier one did`;
  return null;
}

export const percent = (share: number): string => `${Math.round(100 * share)} %`;

function shareOf(hits: readonly boolean[]): number {
  return hits.length === 0 ? 0 : hits.filter(Boolean).length / hits.length;
}

/** 0 where there is none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.round(share * (sorted.length - 1))] ?? 0;
}
