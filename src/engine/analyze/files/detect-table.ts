import { Effect, Result } from 'effect';
import { BadInput } from '../../domain/errors.ts';
import { readTable } from '../input/read-table.ts';
import type { Source } from '../input/source-text.ts';
import { detectRows } from '../rows/learner.ts';
import { detectSeries } from '../streams/detect-series.ts';
import { defaultThreshold } from '../streams/detector.ts';
import { asBadInput } from './as-bad-input.ts';
import { chosenColumns } from './chosen-columns.ts';
import { wholeTable, type WholeTable } from './whole-table.ts';

export interface DetectAsk {
  readonly columns: readonly string[];
  /** The columns as one system, where a combination can be wrong though no column is by itself. */
  readonly together: boolean;
  /** Score from which on a row is an anomaly; the detectors' own where none is given. */
  readonly threshold?: number | undefined;
  /** Rows, from the first, that are taken for normal where columns are judged together. */
  readonly trainRows?: number | undefined;
}

export interface Detected {
  /** A column's name, or `all columns` where they are judged together. */
  readonly name: string;
  /** What is drawn: the values of the column, or the scores. */
  readonly values: Float64Array;
  readonly scores: Float64Array;
  readonly threshold: number;
  /** Rows with a score of at least the threshold. */
  readonly anomalies: readonly number[];
}

export interface TableDetection {
  readonly table: WholeTable;
  readonly detected: readonly Detected[];
}

/** Scores every row of a CSV or NDJSON source from what came before it and itself alone. */
export const detectTable = Effect.fnUntraced(function* (
  source: Source,
  ask: DetectAsk,
): Effect.fn.Return<TableDetection, BadInput> {
  const opened = yield* Effect.promise(() => readTable(source));
  if ('_tag' in opened) return yield* asBadInput(opened);
  const table = yield* Effect.promise(() => wholeTable(opened));
  const columns = yield* chosenColumns(table.columns, ask.columns);
  const detected = ask.together
    ? [yield* detectTogether(columns, table.rows, ask)]
    : columns.map(({ name, values }) => {
        const scores = detectSeries(pointsOf(values, table.unixMs));
        return withAnomalies({ name, values, scores, threshold: ask.threshold ?? defaultThreshold });
      });
  return { table, detected };
});

function* pointsOf(values: Float64Array, unixMs: Float64Array | null): Generator<{ unixMs: number; value: number }> {
  for (let row = 0; row < values.length; row++) yield { unixMs: unixMs?.[row] ?? Number.NaN, value: values[row]! };
}

function withAnomalies(scored: Omit<Detected, 'anomalies'>): Detected {
  const anomalies: number[] = [];
  scored.scores.forEach((score, row) => {
    if (score >= scored.threshold) anomalies.push(row);
  });
  return { ...scored, anomalies };
}

const fewestTrainRows = 100;
const mostTrainRows = 5000;

/** Without a threshold of the user's an anomaly is what scores higher than every row that was taken for normal. */
const detectTogether = Effect.fnUntraced(function* (
  columns: WholeTable['columns'],
  rows: number,
  { trainRows, threshold }: DetectAsk,
): Effect.fn.Return<Detected, BadInput> {
  const learned = Math.min(rows, trainRows ?? Math.min(mostTrainRows, Math.max(fewestTrainRows, Math.floor(rows / 4))));
  const matrix = new Float64Array(rows * columns.length);
  columns.forEach(({ values }, column) => {
    for (let row = 0; row < rows; row++) matrix[row * columns.length + column] = values[row]!;
  });
  const result = detectRows(matrix.subarray(0, learned * columns.length), columns.length, matrix, learned);
  if (Result.isFailure(result)) {
    return yield* new BadInput({
      what: 'Cannot judge the columns together',
      why: result.failure.message,
      hint: 'Name other columns with --column, or leave --together out',
    });
  }
  const scores = result.success;
  const usual = scores.subarray(0, learned).reduce((most, score) => (score > most ? score : most), 0);
  const above = threshold ?? (usual > 0 ? usual * justAbove : Number.MIN_VALUE);
  return withAnomalies({ name: 'all columns', values: scores, scores, threshold: above });
});

const justAbove = 1 + 1e-9;
