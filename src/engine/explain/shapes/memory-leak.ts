import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { shareOf, type MetricSeries, type TraceContext } from '../context.ts';
import { metricEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { bytesText, durationText, percentText } from '../format.ts';
import { lostIn } from './bad-deploy.ts';
import { severityOf } from './severity.ts';

const least = { points: 5, times: 1.3, bytes: 16 * 1024 * 1024, correlation: 0.8, share: 0.15 };

/** A stretch of a series, up to its end, that grows steadily. */
interface Growth {
  readonly series: MetricSeries;
  readonly from: number;
  readonly to: number;
  readonly seconds: number;
  readonly correlation: number;
}

/**
 * Memory leak: the memory of one process of the culprit service grows steadily up to the trace, and the trace lost
 * its time in that service (collections pause it). Growth alone, as after a start, is no finding.
 */
export const memoryLeak: Shape = (context) =>
  [...Map.groupBy(context.memory, ({ service }) => service)].flatMap(([service, series]) =>
    candidate(service, series, context),
  );

function candidate(service: string, series: readonly MetricSeries[], context: TraceContext): readonly Candidate[] {
  const [lost, worst] = lostIn(service, context);
  if (worst === undefined || shareOf(lost, context) < least.share) return [];
  const growths = series.flatMap((one) => growthOf(one) ?? []);
  const growth = growths.reduce<Growth | undefined>(
    (most, one) => (most === undefined || one.to - one.from > most.to - most.from ? one : most),
    undefined,
  );
  if (growth === undefined) return [];
  const explained = explains(lost, context);
  const perMinute = ((growth.to - growth.from) / growth.seconds) * 60;
  const spans = context.tree.spans.filter((span) => span.service === service && context.path.selfNs.has(span));
  return [
    {
      id: 'memory-leak',
      title: `Memory of ${service} grows and grows`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(worst),
      explains: explained,
      sentences: [
        `${growth.series.metric} of ${service} grew from ${bytesText(growth.from)} to ${bytesText(growth.to)} in ${durationText(growth.seconds * 1000)} up to this trace (${bytesText(perMinute)} a minute, correlation with time ${growth.correlation.toFixed(2)}).`,
        `Meanwhile ${service} itself lost ${durationText(lost / 1e6)} (${percentText(explained.percent)}) of this trace, as pauses for garbage collection do.`,
      ],
      spans: idsOf(spans),
      confidence: growth.correlation >= 0.9 && growth.to >= growth.from * 2 ? 0.9 : 0.65,
      explainsFailure: false,
      evidence: [
        metricEvidence(context, `Memory of ${service}, in steps of 10 s`, {
          service,
          names: [...new Set(growths.map((one) => one.series.metric))].toSorted(),
          minutes: 15,
        }),
        spansEvidence(context, `What ${service} did in this trace`, spans),
        usualEvidence(context, 'How long the operation took before', [worst]),
      ],
    },
  ];
}

/** The steadiest of the whole series, its last half and its last quarter; undefined when none grows enough. */
export function growthOf(series: MetricSeries): Growth | undefined {
  const { points } = series;
  let best: Growth | undefined;
  for (const part of [1, 2, 4]) {
    const tail = points.slice(Math.floor(points.length * (1 - 1 / part)));
    if (tail.length < least.points) continue;
    const [from, to] = [tail[0]!, tail.at(-1)!];
    const correlation = correlationOf(tail);
    const grows = to.value >= from.value * least.times && to.value - from.value >= least.bytes;
    if (!grows || correlation < least.correlation || (best !== undefined && correlation <= best.correlation)) continue;
    best = { series, from: from.value, to: to.value, seconds: to.time - from.time, correlation };
  }
  return best;
}

/** Pearson's correlation of value and time. */
function correlationOf(points: MetricSeries['points']): number {
  const meanTime = points.reduce((sum, { time }) => sum + time, 0) / points.length;
  const meanValue = points.reduce((sum, { value }) => sum + value, 0) / points.length;
  let both = 0;
  let times = 0;
  let values = 0;
  for (const { time, value } of points) {
    both += (time - meanTime) * (value - meanValue);
    times += (time - meanTime) ** 2;
    values += (value - meanValue) ** 2;
  }
  return times === 0 || values === 0 ? 0 : both / Math.sqrt(times * values);
}
