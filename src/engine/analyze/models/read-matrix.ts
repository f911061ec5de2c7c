import { Effect } from 'effect';
import type { SeriesName } from '../../domain/anomaly.ts';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { FeatureMark } from '../../domain/feature-row.ts';
import { QueryClient } from '../../store/query-client.ts';
import { columnKey, type Matrix } from './matrix.ts';

interface Row {
  readonly time: string | number;
  readonly kind: string;
  readonly service: string;
  readonly subject: string;
  readonly values: readonly (number | null)[];
  readonly marks: readonly FeatureMark[];
}

/** Windows that are asked for at once: an answer of a few megabytes. */
const windowsAtOnce = 2160;

/**
 * Windows from `fromMs` to before `toMs` as a matrix of just these columns, so that two days of a service with many
 * operations are a few megabytes and not a few hundred. A window without any row is left out.
 */
export const readMatrix = Effect.fnUntraced(function* (
  columns: readonly SeriesName[],
  seconds: number,
  fromMs: number,
  toMs: number,
): Effect.fn.Return<Matrix, QueryFailed | EngineUnavailable, QueryClient> {
  const client = yield* QueryClient;
  const distinct = (pick: (column: SeriesName) => string): readonly string[] => [...new Set(columns.map(pick))];
  const features = distinct(({ feature }) => feature);
  const at = new Map(columns.map((column, index) => [columnKey(column), index]));
  const width = columns.length;
  const stepMs = seconds * 1000;
  const slots = Math.max(0, Math.ceil((toMs - fromMs) / stepMs));
  const firstMs = Math.ceil(fromMs / stepMs) * stepMs;
  const values = new Float32Array(slots * width).fill(Number.NaN);
  const marks = new Map<number, Set<FeatureMark>>();
  for (let from = firstMs; from < toMs; from += windowsAtOnce * stepMs) {
    const rows = yield* client.rows<Row>(
      `SELECT toUnixTimestamp(Time) AS time, Kind AS kind, ServiceName AS service, Subject AS subject, Marks AS marks,
  arrayMap(f -> if(mapContains(Values, f), Values[f], nan), {features:Array(String)}) AS values
FROM obs_features FINAL
WHERE Seconds = {seconds:UInt16} AND Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})
  AND ServiceName IN {services:Array(String)} AND Kind IN {kinds:Array(String)} AND Subject IN {subjects:Array(String)}`,
      {
        parameters: {
          features,
          seconds,
          services: distinct(({ service }) => service),
          kinds: distinct(({ kind }) => kind),
          subjects: distinct(({ subject }) => subject),
          from: from / 1000,
          to: Math.min(from + windowsAtOnce * stepMs, Math.ceil(toMs / stepMs) * stepMs) / 1000,
        },
      },
    );
    for (const row of rows) {
      const { kind, service, subject } = row;
      const slot = Math.round((Number(row.time) * 1000 - firstMs) / stepMs);
      const known = marks.get(slot) ?? new Set();
      marks.set(slot, known);
      // Of a call between services a gap is nothing special: it is missing.
      if (kind !== 'operation') for (const mark of row.marks) if (kind !== 'edge' || mark !== 'gap') known.add(mark);
      for (const [index, feature] of features.entries()) {
        const column = at.get(columnKey({ kind: kind as SeriesName['kind'], service, subject, feature }));
        if (column !== undefined) values[slot * width + column] = row.values[index] ?? Number.NaN;
      }
    }
  }
  const found = [...marks.keys()].toSorted((a, b) => a - b);
  const packed = new Float32Array(found.length * width);
  for (const [row, slot] of found.entries()) packed.set(values.subarray(slot * width, (slot + 1) * width), row * width);
  return {
    seconds,
    columns,
    times: Float64Array.from(found, (slot) => firstMs + slot * stepMs),
    values: packed,
    marks: found.map((slot) => [...marks.get(slot)!]),
  };
});
