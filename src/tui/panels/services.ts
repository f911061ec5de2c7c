import type { Before, RequestFor, ServiceRow } from '../state/data.ts';
import { list, number, ofServices, text, type Panel, type Row } from './panel.ts';
import { entryKinds, entryRows, quantiles, redOf, stepsOf, type Steps } from './red.ts';

const hour = 3600;

/** Rate, errors, durations and trend of each service, and the same over the hour before; from rollups alone. */
export function servicesPanel(request: RequestFor<'services'>, nowMs: number): Panel<'services'> {
  const steps = stepsOf(request.rangeMs, nowMs);
  const only = ofServices(request.services);
  return {
    statements: [
      {
        sql: `SELECT ServiceName AS service, Entry AS entry, toFloat64(sum(C)) AS calls, toFloat64(sum(E)) AS errors,
  toFloat64(max(M)) AS longest, quantilesDDMerge(${quantiles})(Q) AS quantiles,
  groupArray((toFloat64(Step), toFloat64(C), toFloat64(E))) AS trend, toFloat64(toUnixTimestamp(max(L))) AS last
FROM (
  SELECT ServiceName, SpanKind IN ${entryKinds} AS Entry, intDiv(toUnixTimestamp(Time) - {from:UInt32}, {step:UInt32}) AS Step,
    sum(Calls) AS C, sum(Errors) AS E, max(DurationMax) AS M, max(Time) AS L,
    quantilesDDMergeState(${quantiles})(DurationQuantiles) AS Q
  FROM ${steps.serviceTable}
  WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})${only.sql}
  GROUP BY ServiceName, Entry, Step)
GROUP BY ServiceName, Entry
ORDER BY service, entry`,
        parameters: { from: steps.from, to: steps.to, step: steps.stepSeconds, ...only.parameters },
      },
      {
        sql: `SELECT ServiceName AS service, SpanKind IN ${entryKinds} AS entry, toFloat64(sum(Calls)) AS calls,
  toFloat64(sum(Errors)) AS errors, toFloat64(max(DurationMax)) AS longest,
  quantilesDDMerge(${quantiles})(DurationQuantiles) AS quantiles, toFloat64(toUnixTimestamp(min(Time))) AS first
FROM obs_red_service_1m
WHERE Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})${only.sql}
GROUP BY service, entry
ORDER BY service, entry`,
        parameters: { from: steps.from - hour, to: steps.from, ...only.parameters },
        isPast: true,
      },
    ],
    decode: (now = [], before = []) => decode(now, before, steps, nowMs),
  };
}

function decode(now: readonly Row[], before: readonly Row[], steps: Steps, nowMs: number): readonly ServiceRow[] {
  const former = entryRows(before, 'service');
  const firsts = [...former.values()].map((row) => number(row, 'first'));
  const formerSeconds = Math.max(60, steps.from - Math.min(steps.from, ...firsts));
  const rows = [...entryRows(now, 'service')];
  const seconds = secondsWithData(
    rows.map(([, row]) => row),
    steps,
    nowMs,
  );
  return rows.map(([service, row]) => {
    const calls = Array.from({ length: steps.count }, () => 0);
    const errors = Array.from({ length: steps.count }, () => 0);
    for (const [step, c, e] of list(row, 'trend') as readonly (readonly [number, number, number])[]) {
      if (step < 0 || step >= steps.count) continue;
      calls[step] = c;
      errors[step] = e;
    }
    const lastMs = (number(row, 'last') + unitOf(steps)) * 1000;
    return {
      service: text({ service }, 'service'),
      ...redOf(row, seconds),
      before: beforeOf(former.get(service), formerSeconds),
      trend: { calls, errors },
      lastMs: Math.min(nowMs, lastMs),
    };
  });
}

/** From the first step with data on: a store that is two minutes old has not had a quiet quarter of an hour. */
export function secondsWithData(rows: readonly Row[], steps: Steps, nowMs: number): number {
  const first = rows.flatMap((row) =>
    (list(row, 'trend') as readonly (readonly number[])[]).map(([step]) => step ?? 0),
  );
  const from = steps.from + Math.max(0, Math.min(steps.count, ...first)) * steps.stepSeconds;
  return Math.max(10, nowMs / 1000 - from);
}

function beforeOf(row: Row | undefined, seconds: number): Before {
  if (row === undefined) return null;
  const { perSecond, errorRate, p95 } = redOf(row, seconds);
  return { perSecond, errorRate, p95 };
}

function unitOf(steps: Steps): number {
  return steps.serviceTable === 'obs_red_service_10s' ? 10 : 60;
}
