import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import type { ValueStats } from '../nearby.ts';
import { valuesEvidence } from '../nearby-sql.ts';
import { keyOf } from '../sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { severityOf } from './severity.ts';

const least = {
  calls: 5,
  restCalls: 10,
  values: 3,
  times: 3,
  restTimes: 1.6,
  ownTimes: 2,
  part: 0.5,
  partRise: 2,
  share: 0.15,
  mostSlow: 0.2,
  tailCalls: 30,
  tailTimes: 5,
};

/** One value of an attribute against all others. */
interface Hot {
  readonly span: TreeSpan;
  readonly stats: ValueStats;
  readonly restP50Ms: number;
  readonly others: number;
  /** In the median; only in its slowest calls, as when a line forms now and then; or most calls are for it. */
  readonly how: 'slow' | 'tail' | 'busy';
}

/**
 * Hot key: requests for one key, partition, tenant or customer are slow, or have become most of all, while the others
 * fare as usual. Not when all values are slow, when it has always been that slow, or when each value comes once.
 */
export const hotKey: Shape = (context) => {
  const found = context.tree.spans.flatMap((span) => hotValues(span, context));
  const byValue = Map.groupBy(found, ({ stats }) => `${stats.key}\u0000${stats.value}`);
  return [...byValue.values()].flatMap((same) => candidate(same, context)).slice(0, 3);
};

function hotValues(span: TreeSpan, context: TraceContext): readonly Hot[] {
  if (span.synthetic || compare(span, context.history)?.isSlow !== true) return [];
  const own = context.values.filter(
    (stats) => keyOf(stats) === keyOf(span) && span.attributes[stats.key]?.slice(0, 100) === stats.value,
  );
  return own.flatMap((stats): readonly Hot[] => {
    const rest = context.values.filter(
      (other) =>
        other.key === stats.key &&
        other.value !== stats.value &&
        keyOf(other) === keyOf(span) &&
        other.recent.calls > 0,
    );
    const restP50Ms = weightedMedian(rest);
    const how = judged(stats, rest, restP50Ms);
    return how === undefined ? [] : [{ span, stats, restP50Ms, others: rest.length, how }];
  });
}

function judged(stats: ValueStats, rest: readonly ValueStats[], restP50Ms: number): Hot['how'] | undefined {
  const { recent, usual, recentCallsOfAll, usualCallsOfAll } = stats;
  if (recent.calls < least.calls || rest.length < least.values - 1) return undefined;
  const restCalls = rest.reduce((sum, other) => sum + other.recent.calls, 0);
  if (restCalls >= least.restCalls && recent.p50Ms >= restP50Ms * least.times) {
    const slow = rest.filter((other) => other.recent.p50Ms >= restP50Ms * least.times).length;
    const restUsual = weightedMedian(
      rest.filter((other) => other.usual.calls > 0),
      'usual',
    );
    const areUsual = restUsual === 0 || restP50Ms < restUsual * least.restTimes;
    const wasFast = usual.calls < least.calls || recent.p50Ms >= usual.p50Ms * least.ownTimes;
    if (areUsual && wasFast && slow <= rest.length * least.mostSlow) return 'slow';
  }
  const restTail = rest.reduce((most, other) => Math.max(most, other.recent.p95Ms), 0);
  if (
    restCalls >= least.restCalls &&
    recent.calls >= least.tailCalls &&
    recent.p95Ms >= least.tailTimes * Math.max(restTail, usual.p95Ms, restP50Ms)
  ) {
    return 'tail';
  }
  const part = recent.calls / Math.max(1, recentCallsOfAll);
  const usualPart = usualCallsOfAll < least.restCalls ? null : usual.calls / usualCallsOfAll;
  const isMost = part >= least.part && recent.calls >= 4 * least.calls;
  return isMost && usualPart !== null && part >= usualPart * least.partRise ? 'busy' : undefined;
}

/** The median duration of calls, taken from the medians of the values and their calls. */
function weightedMedian(values: readonly ValueStats[], of: 'recent' | 'usual' = 'recent'): number {
  const sorted = values.map((one) => one[of]).toSorted((a, b) => a.p50Ms - b.p50Ms);
  let left = sorted.reduce((sum, { calls }) => sum + calls, 0) / 2;
  for (const { calls, p50Ms } of sorted) {
    left -= calls;
    if (left <= 0) return p50Ms;
  }
  return 0;
}

function candidate(same: readonly Hot[], context: TraceContext): readonly Candidate[] {
  // The deepest span that carries it is nearest to the cause.
  const hot = same.reduce((most, one) => (one.span.depth > most.span.depth ? one : most));
  const { span, stats, restP50Ms, others, how } = hot;
  const lostNs = Math.max(...same.map((one) => compare(one.span, context.history)?.excessNs ?? 0));
  if (shareOf(lostNs, context) < least.share) return [];
  const explained = explains(lostNs, context);
  const { recent, usual, usualCallsOfAll, recentCallsOfAll } = stats;
  const name = `${stats.key} = ${quoted(stats.value)}`;
  const part = percentText((recent.calls / Math.max(1, recentCallsOfAll)) * 100);
  return [
    {
      id: 'hot-key',
      title: how === 'busy' ? `Most calls are for one key: ${name}` : `Slow for one key: ${name}`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(span),
      explains: explained,
      sentences: [
        how === 'slow'
          ? `${stats.service} ${quoted(stats.operation)} with ${name} takes ${durationText(recent.p50Ms)} in the median, ${timesText(recent.p50Ms / Math.max(restP50Ms, 0.001))} what ${others} other values take (${durationText(restP50Ms)}), which fare as usual.`
          : how === 'tail'
            ? `${stats.service} ${quoted(stats.operation)} with ${name} takes ${durationText(recent.p95Ms)} at p95 of ${recent.calls} calls; of ${others} other values none takes more than a ${least.tailTimes}th of that at theirs.`
            : `${part} of ${stats.service} ${quoted(stats.operation)} are for ${name}, usually ${percentText((usual.calls / Math.max(1, usualCallsOfAll)) * 100)}.`,
        usual.calls === 0
          ? 'It was not asked for in the minutes before.'
          : `Before, it took ${durationText(usual.p50Ms)} in the median of ${usual.calls} calls; lately there were ${recent.calls}.`,
        `This trace is one of them, ${durationText(explained.ms)} (${percentText(explained.percent)}) beyond the usual.`,
      ],
      spans: idsOf(same.map((one) => one.span)),
      confidence:
        how === 'tail'
          ? 0.8
          : how === 'slow'
            ? usual.calls >= least.calls || recent.calls >= 4 * least.calls
              ? 0.92
              : 0.8
            : 0.7,
      explainsFailure: false,
      evidence: [
        ...valuesEvidence(context, `The operation by ${stats.key}, those with most calls`, span, stats.key),
        spansEvidence(
          context,
          'The slow spans with that value',
          same.map((one) => one.span),
          [stats.key],
        ),
        usualEvidence(context, 'How long the operation took before', [span]),
      ],
    },
  ];
}
