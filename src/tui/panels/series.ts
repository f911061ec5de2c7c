import { limits } from '../../engine/domain/limits.ts';
import type { WindowSeconds } from '../../engine/domain/feature-row.ts';
import type { RequestFor } from '../state/data.ts';
import { number, type Panel } from './panel.ts';

const minute = 60_000;

/** A series before, in and after an anomaly, from the analyzer's windows: one range of the table's key. */
export function seriesPanel({ series, startMs, endMs }: RequestFor<'series'>, nowMs: number): Panel<'series'> {
  const lasted = (endMs ?? nowMs) - startMs;
  const around = Math.max(5 * minute, Math.min(lasted / 2, 6 * 60 * minute));
  const seconds = windowFor(lasted + 2 * around);
  const step = seconds * 1000;
  const fromMs = Math.floor((startMs - around) / step) * step;
  const toMs = Math.ceil(Math.min(nowMs, (endMs ?? nowMs) + around) / step) * step;
  return {
    statements: [
      {
        sql: `SELECT toFloat64(toUnixTimestamp(Time)) * 1000 AS atMs, toFloat64(Values[{feature:String}]) AS value
FROM obs_features FINAL
WHERE Seconds = {seconds:UInt16} AND ServiceName = {service:String} AND Kind = {kind:String} AND Subject = {subject:String}
  AND Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32}) AND mapContains(Values, {feature:String})
ORDER BY Time
LIMIT ${limits.watch.windows}`,
        parameters: { ...series, seconds, from: fromMs / 1000, to: toMs / 1000 },
      },
    ],
    decode: (rows = []) => ({
      stepMs: step,
      fromMs,
      toMs,
      points: rows.map((row) => [number(row, 'atMs'), number(row, 'value')] as const),
    }),
    withoutTables: { stepMs: step, fromMs, toMs, points: [] },
  };
}

/** A few hundred windows at most. */
function windowFor(spanMs: number): WindowSeconds {
  if (spanMs <= 45 * minute) return 10;
  return spanMs <= 6 * 60 * minute ? 60 : 600;
}
