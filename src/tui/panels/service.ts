import { limits } from '../../engine/domain/limits.ts';
import type { RequestFor, ServiceData } from '../state/data.ts';
import { list, number, text, type Panel, type Row } from './panel.ts';
import { entryKinds, quantiles, redOf, stepsOf, type Steps } from './red.ts';

/** One service over time, and its operations; from rollups alone. */
export function servicePanel(request: RequestFor<'service'>, nowMs: number): Panel<'service'> {
  const steps = stepsOf(request.rangeMs, nowMs);
  const parameters = { from: steps.from, to: steps.to, service: request.service };
  const where = `WHERE ServiceName = {service:String} AND Time >= toDateTime({from:UInt32}) AND Time < toDateTime({to:UInt32})`;
  const figures = `toFloat64(sum(Calls)) AS calls, toFloat64(sum(Errors)) AS errors, toFloat64(max(DurationMax)) AS longest,
  quantilesDDMerge(${quantiles})(DurationQuantiles) AS quantiles`;
  return {
    statements: [
      {
        sql: `SELECT SpanKind IN ${entryKinds} AS entry, toFloat64(intDiv(toUnixTimestamp(Time) - {from:UInt32}, {step:UInt32})) AS step,
  ${figures}
FROM ${steps.serviceTable}
${where}
GROUP BY entry, step ORDER BY step`,
        parameters: { ...parameters, step: steps.stepSeconds },
      },
      {
        sql: `SELECT SpanName AS operation, SpanKind AS kind, toFloat64(toUnixTimestamp(min(Time))) AS first, ${figures}
FROM ${steps.table}
${where}
GROUP BY operation, kind
ORDER BY kind IN ${entryKinds} DESC, sum(DurationSum) DESC, operation
LIMIT ${limits.watch.operations}`,
        parameters,
      },
    ],
    decode: (series = [], operations = []) => decode(request.service, series, operations, steps, nowMs),
  };
}

function decode(
  service: string,
  series: readonly Row[],
  operations: readonly Row[],
  steps: Steps,
  nowMs: number,
): ServiceData {
  const hasEntry = series.some((row) => number(row, 'entry') === 1);
  const zero = (): number[] => Array.from({ length: steps.count }, () => 0);
  const data = { perSecond: zero(), errorsPerSecond: zero(), p50: zero(), p95: zero() };
  for (const row of series) {
    const step = number(row, 'step');
    if ((number(row, 'entry') === 1) !== hasEntry || step < 0 || step >= steps.count) continue;
    // The step that is still running counts for the time that it has run.
    const ran = Math.min(steps.stepSeconds, Math.max(1, nowMs / 1000 - steps.from - step * steps.stepSeconds));
    const red = redOf(row, ran);
    data.perSecond[step] = red.perSecond;
    data.errorsPerSecond[step] = red.errors / ran;
    data.p50[step] = red.p50;
    data.p95[step] = red.p95;
  }
  const firsts = operations.map((row) => number(row, 'first'));
  const seconds = Math.max(10, nowMs / 1000 - Math.max(steps.from, Math.min(...firsts, steps.to)));
  return {
    service,
    stepMs: steps.stepSeconds * 1000,
    ...data,
    operations: operations.map((row) => ({
      operation: text(row, 'operation'),
      kind: text(row, 'kind'),
      ...redOf({ ...row, quantiles: list(row, 'quantiles') }, seconds),
    })),
  };
}
