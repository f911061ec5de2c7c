import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { calleeOf, shareOf, type TraceContext } from '../context.ts';
import { errorOrigins, reachesRoot } from '../errors.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import type { InstanceStats } from '../nearby.ts';
import { instancesEvidence } from '../nearby-sql.ts';
import { keyOf } from '../sql.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { growthOf } from './memory-leak.ts';
import { instanceOf, isOfProcess } from './process.ts';
import { severityOf } from './severity.ts';

const least = {
  calls: 5,
  times: 2,
  siblingTimes: 1.5,
  siblingRise: 0.1,
  ownTimes: 1.5,
  share: 0.15,
  errors: 3,
  rate: 0.05,
  timesRate: 3,
  sureCalls: 20,
  tailCalls: 8,
  tailTimes: 4,
};

/** An operation at one process against the others that serve it. */
interface Apart {
  readonly span: TreeSpan;
  readonly own: InstanceStats;
  readonly siblings: readonly InstanceStats[];
  readonly siblingsP50Ms: number;
  readonly how: 'slow' | 'failing';
  /** Only its slowest calls are slower than the siblings'. */
  readonly inTail?: boolean;
}

/**
 * Queueing at one instance: a process of a service is slow, or fails, while the others serve the same operation as usual.
 * Not when all are slow, when it has always been the slower one, or when it runs another version: then it is the version.
 */
export const instanceQueue: Shape = (context) => {
  const served = context.tree.spans.filter((span) => !span.synthetic && instanceOf(span) !== '');
  const failed = new Set(errorOrigins(context.tree));
  const found = served
    .filter((span) => (context.excess.get(span) ?? 0) > 0 || failed.has(span))
    .flatMap((span) => apartOf(span, failed.has(span), context) ?? []);
  const byProcess = Map.groupBy(found, ({ own }) => `${own.service}\u0000${own.instance}`);
  return [...byProcess.values()].flatMap((same) => candidate(same, context));
};

function apartOf(span: TreeSpan, hasFailed: boolean, context: TraceContext): Apart | undefined {
  const same = context.instances.filter((stats) => keyOf(stats) === keyOf(span));
  const own = same.find(({ instance }) => instance === instanceOf(span));
  if (own === undefined || own.recent.calls < least.calls) return undefined;
  const siblings = same.filter(
    ({ instance, version, recent }) =>
      instance !== own.instance && version === own.version && recent.calls >= least.calls,
  );
  if (siblings.length === 0) return undefined;
  const siblingsP50Ms = medianOf(siblings.map(({ recent }) => recent.p50Ms));
  const rate = own.recent.errors / own.recent.calls;
  const siblingErrors = siblings.reduce((sum, { recent }) => sum + recent.errors, 0);
  const siblingRate = siblingErrors / siblings.reduce((sum, { recent }) => sum + recent.calls, 0);
  const fails = own.recent.errors >= least.errors && rate >= least.rate && rate >= siblingRate * least.timesRate;
  if (hasFailed && fails) return { span, own, siblings, siblingsP50Ms, how: 'failing' };
  const isSlower = own.recent.p50Ms >= siblingsP50Ms * least.times;
  const ownRiseMs = own.recent.p50Ms - own.usual.p50Ms;
  const areUsual = siblings.every(
    ({ recent, usual }) =>
      usual.calls < least.calls ||
      recent.p50Ms < usual.p50Ms * least.siblingTimes ||
      // From 1.5 ms to 2.4 ms is nothing beside a rise by a hundred.
      recent.p50Ms - usual.p50Ms < ownRiseMs * least.siblingRise,
  );
  // A line that forms now and then is seen in the slowest calls first.
  const siblingsP95Ms = medianOf(siblings.map(({ recent }) => recent.p95Ms));
  const hasTail =
    Math.min(own.recent.calls, ...siblings.map(({ recent }) => recent.calls)) >= least.tailCalls &&
    own.recent.p95Ms >= Math.max(siblingsP95Ms, own.usual.p95Ms) * least.tailTimes &&
    durationOf(span) / 1e6 >= siblingsP95Ms * least.tailTimes;
  if (hasTail && areUsual) return { span, own, siblings, siblingsP50Ms, how: 'slow', inTail: !isSlower };
  const wasUsual = own.usual.calls < least.calls || own.recent.p50Ms >= own.usual.p50Ms * least.ownTimes;
  return isSlower && areUsual && wasUsual ? { span, own, siblings, siblingsP50Ms, how: 'slow' } : undefined;
}

function candidate(same: readonly Apart[], context: TraceContext): readonly Candidate[] {
  const worst = same.reduce((most, one) => (lost(one.span, context) > lost(most.span, context) ? one : most));
  const { span, own, siblings, siblingsP50Ms, how, inTail = false } = worst;
  const lostNs = same.reduce((sum, one) => sum + lost(one.span, context), 0);
  const failsTrace = how === 'failing' && reachesRoot(span, context.tree);
  if (shareOf(lostNs, context) < least.share && how === 'slow') return [];
  const explained = explains(how === 'slow' ? lostNs : 0, context);
  const host = hostAtFault(own, context.instances);
  const names = `${own.instance}${host === '' ? '' : ` on host ${host}`}`;
  const rate = (stats: InstanceStats): string => percentText((stats.recent.errors / stats.recent.calls) * 100);
  const leaks = context.memory.some(
    (series) =>
      series.service === own.service && isOfProcess(series.instance, own.instance) && growthOf(series) !== undefined,
  );
  const spans = same.flatMap((one) => [
    one.span,
    ...(one.span.parent !== null && calleeOf(one.span.parent) === one.span ? [one.span.parent] : []),
  ]);
  return [
    {
      id: 'instance-queue',
      title:
        how === 'slow'
          ? `One instance of ${own.service} is slow: ${names}`
          : `One instance of ${own.service} fails: ${names}`,
      severity: failsTrace ? 'critical' : how === 'failing' ? 'warning' : severityOf(explained.percent),
      culprit: culpritOf(span, { instance: own.instance, ...(host === '' ? {} : { host }) }),
      explains: explained,
      sentences: [
        how === 'slow'
          ? `${quoted(own.operation)} takes ${durationText(own.recent.p50Ms)} in the median and ${durationText(own.recent.p95Ms)} at p95 at ${names}; its ${siblings.length === 1 ? 'sibling takes' : `${siblings.length} siblings take`} ${durationText(siblingsP50Ms)} and ${durationText(medianOf(siblings.map(({ recent }) => recent.p95Ms)))}.`
          : `${rate(own)} of ${quoted(own.operation)} fail at ${names}, of its siblings ${siblings.map(rate).slice(0, 3).join(', ')}.`,
        own.usual.calls < least.calls
          ? 'It served hardly any of these before.'
          : `Before it took ${durationText(own.usual.p50Ms)} in the median.`,
        how === 'slow'
          ? `This trace lost ${durationText(lostNs / 1e6)} (${percentText(explained.percent)}) there. Requests queue at it, or its host is busy: take it out of the balancer.`
          : 'Take it out of the balancer, and look at what differs there.',
      ],
      spans: idsOf(spans),
      confidence:
        (Math.min(own.recent.calls, siblings[0]!.recent.calls) >= least.sureCalls ? 0.93 : 0.8) *
        (leaks ? 0.6 : 1) *
        (inTail ? 0.8 : 1),
      explainsFailure: failsTrace,
      evidence: [
        ...instancesEvidence(context, `${own.service} by instance`, span),
        spansEvidence(context, 'What it did in this trace', spans),
        usualEvidence(context, 'How long the operation took before', [span]),
      ],
    },
  ];
}

/** Beyond the usual, with what its caller waited before it answered. */
function lost(span: TreeSpan, { excess }: TraceContext): number {
  const caller = span.parent !== null && calleeOf(span.parent) === span ? (excess.get(span.parent) ?? 0) : 0;
  return (excess.get(span) ?? 0) + caller;
}

/** The host, when no process there is fine: of any service whose instances were looked at. */
function hostAtFault(own: InstanceStats, all: readonly InstanceStats[]): string {
  if (own.host === '') return '';
  const neighbours = all.filter(
    ({ host, recent, usual }) => host === own.host && recent.calls >= least.calls && usual.calls >= least.calls,
  );
  const isFine = ({ recent, usual }: InstanceStats): boolean => recent.p50Ms < usual.p50Ms * least.ownTimes;
  return neighbours.some(isFine) ? '' : own.host;
}

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
