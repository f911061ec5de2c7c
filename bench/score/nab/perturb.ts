import type { SeriesPoint } from '../../../src/engine/analyze/streams/detect-series.ts';
import type { BoardStream } from './read-streams.ts';
import type { LabelledWindow } from './score.ts';

/**
 * The board changed in ways that leave its labels right: what a method gains only on the original was fitted to it.
 * Windows that lie in a changed stream's uncounted first rows are left out.
 */
export const perturbations: Readonly<Record<string, (streams: readonly BoardStream[]) => BoardStream[]>> = {
  'every second row': each((stream) => rowsOf(stream, (row) => row % 2 === 0)),
  'without the first fifth': each((stream) => rowsOf(stream, (row, rows) => row >= Math.floor(0.2 * rows))),
  'the first three quarters': each((stream) => rowsOf(stream, (row, rows) => row < Math.floor(0.75 * rows))),
  negated: each((stream) => valuesOf(stream, (value) => -value)),
  'with noise': each((stream, index) => noisy(stream, index)),
  'logarithm (asinh)': each((stream) => {
    const scale = medianOf(stream.points.map(({ value }) => Math.abs(value))) || 1;
    return valuesOf(stream, (value) => Math.asinh((3 * value) / scale));
  }),
  'square root': each((stream) => valuesOf(stream, (value) => Math.sign(value) * Math.sqrt(Math.abs(value)))),
  square: each((stream) => valuesOf(stream, (value) => value * Math.abs(value))),
  'back to front': each(backToFront),
};

function each(change: (stream: BoardStream, index: number) => BoardStream) {
  return (streams: readonly BoardStream[]): BoardStream[] =>
    streams.map((stream, index) => countedOnly(change(stream, index)));
}

const countedOnly = (stream: BoardStream): BoardStream => {
  const uncounted = Math.min(Math.floor(0.15 * stream.points.length), 750);
  return { ...stream, windows: stream.windows.filter(({ from, to }) => from >= uncounted && to > from) };
};

function valuesOf(stream: BoardStream, change: (value: number) => number): BoardStream {
  return { ...stream, points: stream.points.map(({ unixMs, value }) => ({ unixMs, value: change(value) })) };
}

function rowsOf(stream: BoardStream, keeps: (row: number, rows: number) => boolean): BoardStream {
  const kept = [...stream.points.keys()].filter((row) => keeps(row, stream.points.length));
  const windows = stream.windows.map(({ from, to }): LabelledWindow => {
    const start = kept.findIndex((row) => row >= from);
    return start === -1 ? { from: 0, to: -1 } : { from: start, to: kept.findLastIndex((row) => row <= to) };
  });
  return { ...stream, points: kept.map((row) => stream.points[row]!), windows };
}

/** The times stay, so that the clock goes forward. */
function backToFront(stream: BoardStream): BoardStream {
  const last = stream.points.length - 1;
  const points = stream.points.map(({ unixMs }, row): SeriesPoint => ({
    unixMs,
    value: stream.points[last - row]!.value,
  }));
  const windows = stream.windows.map(({ from, to }) => ({ from: last - to, to: last - from })).toReversed();
  return { ...stream, points, windows };
}

/** Normal, a third of the usual step and a tenth of the interquartile range wide; the same on every run. */
function noisy(stream: BoardStream, index: number): BoardStream {
  const values = stream.points.map(({ value }) => value);
  const sorted = values.toSorted((a, b) => a - b);
  const spread = sorted[Math.floor(0.75 * sorted.length)]! - sorted[Math.floor(0.25 * sorted.length)]!;
  const step = medianOf(values.slice(1).map((value, row) => Math.abs(value - values[row]!)));
  const next = normalNumbers(index + 1);
  return valuesOf(stream, (value) => value + (0.3 * step + 0.1 * spread) * next());
}

const medianOf = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

/** Box and Muller's normal numbers from a linear congruential generator. */
function normalNumbers(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 1) / (2 ** 32 + 1);
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}
