import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText } from '../format.ts';
import type { RuntimeSeries } from '../nearby.ts';
import { cpuName, runtimeEvidence } from '../runtime-sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { collecting } from './gc-pause.ts';
import { ownTimes, type OwnTime } from './own-time.ts';
import { growthOf } from './memory-leak.ts';
import { changeOf, hostOf, instanceOf, isOfProcess, secondsIn, seriesOf, type Change } from './process.ts';
import { severityOf } from './severity.ts';

const least = {
  share: 0.15,
  busy: 0.9,
  usuallyBusy: 0.75,
  throttled: 0.05,
  periods: 1,
  timesUsual: 3,
  timesUsualSurely: 5,
  delaySeconds: 0.1,
  /** Of the time in garbage collection: less of it does not keep a process busy. */
  collecting: 0.1,
};

/** How a metric says that there is not enough CPU, and how well. */
interface Shortage {
  readonly change: Change;
  readonly text: string;
  readonly confidence: number;
  /** How late an event loop that is blocked takes an answer; 0 where nothing says so. */
  readonly delayNs: number;
  readonly isEventLoop: boolean;
}

/**
 * CPU throttling: the process, its container or its host has no CPU left, or is kept from using it, while the time went
 * into code that waits for nobody. Not one that is always that busy, and not one that collects garbage meanwhile.
 */
export const cpuThrottling: Shape = (context) =>
  ownTimes(context, Infinity)
    .filter(({ ns }) => shareOf(ns, context) >= least.share)
    .flatMap((all) => {
      const shortage = shortageOf(all.worst, context);
      if (shortage === undefined) return [];
      const own = ownTimes(context, Math.max(shortage.delayNs, shortage.isEventLoop ? turnNs(all, context) : 0)).find(
        ({ service, instance }) => service === all.service && instance === all.instance,
      );
      return own === undefined || shareOf(own.ns, context) < least.share ? [] : [candidate(own, shortage, context)];
    });

/**
 * How long an event loop keeps others waiting that is busy without end: whoever comes at any moment waits for half of what
 * it is at, on average, and an answer may come right as it begins. From the longest wait before the process began.
 */
function turnNs({ service, instance }: OwnTime, { excess }: TraceContext): number {
  let longest = 0;
  for (const [span, ns] of excess) {
    const callee = calleeOf(span);
    if (callee?.service === service && instanceOf(callee) === instance) longest = Math.max(longest, ns);
  }
  return 2 * longest;
}

/** The clearest sign that a span's process lacks CPU. */
export function shortageOf(span: TreeSpan, context: TraceContext): Shortage | undefined {
  return busySeries(seriesOf(span, context).filter(({ metric }) => cpuName.test(metric)))
    .flatMap((series) => {
      const change = changeOf(series, context);
      return change === undefined ? [] : (judged(change) ?? []);
    })
    .reduce<Shortage | undefined>(
      (most, one) => ({
        ...(most === undefined || one.confidence > most.confidence ? one : most),
        delayNs: Math.max(one.delayNs, most?.delayNs ?? 0),
        isEventLoop: one.isEventLoop || most?.isEventLoop === true,
      }),
      undefined,
    );
}

/** Utilization comes by mode (user, system, idle) and by CPU: what is not idle, of all CPUs; else the modes together. */
function busySeries(all: readonly RuntimeSeries[]): readonly RuntimeSeries[] {
  const bySource = Map.groupBy(all, ({ service, instance, host, metric }) =>
    [service, instance, host, metric].join('\u0000'),
  );
  return [...bySource.values()].flatMap((same): readonly RuntimeSeries[] => {
    const [first] = same;
    if (first === undefined || same.length === 1 || !/utili[sz]ation/.test(first.metric)) return same;
    const idle = same.filter(({ stream }) => /['"]idle['"]/.test(stream));
    const values = (idle.length > 0 ? idle : same).flatMap(({ points }) => points);
    const points = [...Map.groupBy(values, ({ time }) => time)].map(([time, own]) => {
      const sum = own.reduce((total, { value }) => total + value, 0);
      return { time, value: idle.length === 0 ? sum : 1 - shareFrom(sum / own.length, first) };
    });
    return [{ ...first, unit: idle.length > 0 ? '1' : first.unit, points: points.sort((a, b) => a.time - b.time) }];
  });
}

const quiet = { delayNs: 0, isEventLoop: false } as const;

function judged(change: Change): Shortage | undefined {
  const { series, recent, usual } = change;
  const { metric } = series;
  const isUnusual = usual === null || recent >= usual * least.timesUsual;
  if (/throttl/.test(metric)) {
    if (series.how !== 'total' || !isUnusual) return undefined;
    const isTime = /time|duration|seconds|nanos|usec/.test(metric) || ['s', 'ms', 'us', 'ns'].includes(series.unit);
    const share = recent * secondsIn(series);
    if (isTime ? share < least.throttled : recent < least.periods) return undefined;
    const often = isTime ? `${percentText(share * 100)} of the time` : `${recent.toFixed(1)} times a second`;
    const before =
      usual === null
        ? ''
        : isTime
          ? `, usually ${percentText(usual * secondsIn(series) * 100)}`
          : `, usually ${usual.toFixed(1)}`;
    return { change, text: `was throttled ${often}${before}`, confidence: usual === null ? 0.7 : 0.92, ...quiet };
  }
  if (/delay/.test(metric)) {
    const seconds = recent * secondsIn(series);
    if (seconds < least.delaySeconds || !isUnusual || usual === null) return undefined;
    return {
      change,
      text: `kept its event loop busy: p99 of the delay ${durationText(seconds * 1000)}, usually ${durationText(usual * secondsIn(series) * 1000)}`,
      confidence: usual !== 0 && recent < usual * least.timesUsualSurely ? 0.65 : 0.8,
      delayNs: seconds * 1e9,
      isEventLoop: true,
    };
  }
  const [now, before] = [shareFrom(recent, series), usual === null ? null : shareFrom(usual, series)];
  if (now < least.busy || (before !== null && before > least.usuallyBusy)) return undefined;
  return {
    change,
    text: `was ${percentText(now * 100)} busy${before === null ? '' : `, usually ${percentText(before * 100)}`}`,
    ...(/eventloop/.test(metric)
      ? // Of no time of its own a server's loop is that busy, known history or not.
        { confidence: before === null ? 0.72 : 0.8, delayNs: 0, isEventLoop: true }
      : { confidence: before === null ? 0.55 : 0.88, ...quiet }),
  };
}

const shareFrom = (value: number, { unit }: RuntimeSeries): number =>
  unit === '%' || value > 1.5 ? value / 100 : value;

function candidate(own: OwnTime, { change, text, confidence }: Shortage, context: TraceContext): Candidate {
  const { service, instance, worst, spans } = own;
  const { series } = change;
  const explained = explains(own.ns, context);
  const isHost = series.service === '' || /^system[._]/.test(series.metric);
  const host = isHost ? series.host || hostOf(worst) : '';
  const who = host === '' ? service : `host ${host}`;
  const garbage = collecting(worst, context);
  // A heap that grows is collected more and more often, which takes the loop long before it takes the time.
  const grows = context.memory.some(
    (memory) => memory.service === service && isOfProcess(memory.instance, instance) && growthOf(memory) !== undefined,
  );
  const collects = garbage !== undefined && (grows || garbage.recent * secondsIn(garbage.series) >= least.collecting);
  return {
    id: 'cpu-throttling',
    title: `${who} has no CPU to spare for ${service}`.replace(
      `${service} has no CPU to spare for ${service}`,
      `${service} lacks CPU`,
    ),
    severity: severityOf(explained.percent),
    culprit: culpritOf(worst, { ...(instance === '' ? {} : { instance }), ...(host === '' ? {} : { host }) }),
    explains: explained,
    sentences: [
      `${who} ${text} (${series.metric}) around this trace.`,
      `Meanwhile ${service} itself lost ${durationText(own.ns / 1e6)} (${percentText(explained.percent)} of the trace) in code that waits for nobody else, or before it began to answer.`,
      ...(collects ? ['Garbage collection takes a part of that CPU: see there first.'] : []),
    ],
    spans: idsOf(spans),
    confidence: collects ? confidence * 0.6 : confidence,
    explainsFailure: false,
    evidence: [
      runtimeEvidence(context, `${series.metric} of ${who}, in steps of 5 s`, series),
      spansEvidence(context, `Where ${service} lost time`, spans),
      usualEvidence(context, 'How long the operation took before', [worst]),
    ],
  };
}
