import type { SeriesName } from '../../domain/anomaly.ts';
import { TrainingRefused } from '../autoencoder/errors.ts';
import { wrongCombinations } from './combinations.ts';
import { farOut } from './far-out.ts';
import { pickColumns, pickRows } from './matrix.ts';
import type { Trial } from './prove.ts';
import type { TrainRequest } from './train-request.ts';

/** The newest share of the windows, which no model learns from. */
const heldBackShare = 0.2;
/** Wrong combinations that a model is tried on. */
const wantedCombinations = 200;
/** Windows that may be missing between two that follow each other. */
const mostMissing = 2;
const leastColumns = 4;
/** A column that is missing more often says too little. */
const leastPresent = 0.5;

/** What is left after what stands far out was left out, and what models are tried on. */
export interface UsualRows {
  readonly columns: readonly SeriesName[];
  readonly times: Float64Array;
  readonly begins: readonly boolean[];
  /** rows × columns */
  readonly values: Float32Array;
  /** The first row that is held back; `learned` are the values before. */
  readonly heldBackFrom: number;
  readonly learned: Float32Array;
  readonly left: Readonly<Record<string, number>>;
  readonly stretches: readonly { readonly fromMs: number; readonly toMs: number; readonly why: string }[];
  readonly trial: Trial;
}

/** Fewer windows are too few to learn from and to prove anything on: two hours of 10 s, four of a minute. */
export const leastWindows = (seconds: number): number => (seconds <= 10 ? 720 : 240);

export function usualRows(request: TrainRequest): UsualRows | TrainingRefused {
  const { seconds, columns: all } = request;
  const wanted = pickColumns(
    request.values,
    all.length,
    Int32Array.from({ length: request.wanted }, (_, at) => at),
  );
  const far = farOut(wanted, request.wanted, beginsOf(request.times, seconds));
  const kept = Int32Array.from(request.times.keys()).filter((row) => far[row] === 0);
  const refuse = (reason: string): TrainingRefused => new TrainingRefused({ reason });
  if (kept.length < leastWindows(seconds))
    return refuse(`${kept.length} usual windows of ${seconds} s; at least ${leastWindows(seconds)} are needed`);
  const times = Float64Array.from(kept, (row) => request.times[row]!);
  const begins = beginsOf(times, seconds);
  const heldBackFrom = Math.round(times.length * (1 - heldBackShare));
  const rows = pickRows(request.values, all.length, kept);
  const telling = tellingColumns(rows.subarray(0, heldBackFrom * all.length), all.length, request.wanted);
  if (telling.length < leastColumns)
    return refuse(`${telling.length} features that move; at least ${leastColumns} are needed`);
  const values = pickColumns(rows, all.length, Int32Array.from(telling));
  const inTrial = rows.subarray(heldBackFrom * all.length);
  const combinations = wrongCombinations(
    rows,
    all.length,
    telling,
    begins,
    heldBackFrom,
    wantedCombinations,
    request.seed,
  );
  const count = request.times.length - kept.length;
  return {
    columns: telling.map((column) => all[column]!),
    times,
    begins,
    values,
    heldBackFrom,
    learned: values.subarray(0, heldBackFrom * telling.length),
    left: count === 0 ? {} : { far: count },
    stretches: stretchesOf(far, request.times, seconds),
    trial: { columns: all, usual: inTrial, begins: begins.slice(heldBackFrom), combinations },
  };
}

function beginsOf(times: Float64Array, seconds: number): readonly boolean[] {
  const most = (mostMissing + 1) * seconds * 1000;
  return Array.from(times, (time, row) => row === 0 || time - times[row - 1]! > most);
}

/** Of the first `wanted` columns those that are there and move. */
function tellingColumns(rows: Float32Array, width: number, wanted: number): readonly number[] {
  const count = rows.length / width;
  return Array.from({ length: wanted }, (_, column) => column).filter((column) => {
    let [present, low, high] = [0, Infinity, -Infinity];
    for (let at = column; at < rows.length; at += width) {
      const value = rows[at]!;
      if (!Number.isFinite(value)) continue;
      present++;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    return present >= leastPresent * count && high > low;
  });
}

function stretchesOf(far: Uint8Array, times: Float64Array, seconds: number): UsualRows['stretches'] {
  const found: { fromMs: number; toMs: number; why: string }[] = [];
  for (let row = 0; row < far.length; row++) {
    if (far[row] === 0) continue;
    const last = far[row - 1] === 1 ? found.at(-1) : undefined;
    const toMs = times[row]! + seconds * 1000;
    if (last === undefined) found.push({ fromMs: times[row]!, toMs, why: 'far' });
    else last.toMs = toMs;
  }
  return found.toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs)).slice(0, 20);
}
