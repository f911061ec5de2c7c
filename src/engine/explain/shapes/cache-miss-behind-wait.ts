import { timesText } from '../baseline.ts';
import type { Candidate, Shape } from '../candidate.ts';
import type { CallRate, TraceContext } from '../context.ts';
import { callRatesEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import type { LookUps } from '../nearby.ts';
import { lookUpsEvidence } from '../nearby-sql.ts';
import { rateOf } from './cache-miss.ts';
import { poolWait } from './pool-wait.ts';
import { slowDependency } from './slow-dependency.ts';

const least = { calls: 10, rate: 0.2, times: 3, callTimes: 2 };

/**
 * Cache misses behind a wait: a service waits for connections, or for its own thread, because of what it asks instead of
 * its cache. This trace shows only the wait; the look-ups of all traces show that the cache has nothing.
 */
export const cacheMissBehindWait: Shape = (context) => {
  const waits = [...poolWait(context), ...slowDependency(context)];
  const services = [...new Set(waits.map(({ culprit }) => culprit.service))];
  return services.flatMap((service) => {
    const missed = context.lookUps.find((lookUps) => lookUps.service === service && missesMore(lookUps));
    const instead = missed === undefined ? undefined : askedInstead(service, context.callRates);
    const wait = waits.find(({ culprit }) => culprit.service === service);
    return missed === undefined || instead === undefined || wait === undefined
      ? []
      : [candidate(wait, missed, instead, context)];
  });
};

const missRate = ({ calls, misses }: LookUps['recent']): number => (calls === 0 ? 0 : misses / calls);

function missesMore({ recent, usual }: LookUps): boolean {
  if (recent.calls < least.calls || usual.calls < least.calls) return false;
  return missRate(recent) >= Math.max(least.rate, missRate(usual) * least.times);
}

/** What the service calls a multiple of times as often a request as usual, the most first. */
function askedInstead(service: string, rates: readonly CallRate[]): CallRate | undefined {
  const times = (rate: CallRate): number => rateOf(rate, rates)?.times ?? 0;
  return rates
    .filter((rate) => rate.service === service && rate.kind === 'Client' && rate.recentCalls >= least.calls)
    .filter((rate) => times(rate) >= least.callTimes)
    .toSorted((a, b) => times(b) - times(a) || b.recentCalls - a.recentCalls)[0];
}

function candidate(
  wait: Candidate,
  { operation, recent, usual }: LookUps,
  call: CallRate,
  context: TraceContext,
): Candidate {
  const rate = rateOf(call, context.callRates);
  const { service } = call;
  return {
    ...wait,
    id: 'cache-miss',
    title: `Cache misses in ${service}: ${quoted(call.operation)} is asked instead`,
    sentences: [
      `${quoted(operation)} of ${service} finds nothing in ${percentText(missRate(recent) * 100)} of ${recent.calls} looks, usually in ${percentText(missRate(usual) * 100)}.`,
      rate === undefined
        ? `${quoted(call.operation)} is asked instead.`
        : `${quoted(call.operation)} now runs ${rate.recent.toFixed(2)} times a request, usually ${rate.usual.toFixed(2)}${Number.isFinite(rate.times) && rate.usual > 0 ? ` (${timesText(rate.times)})` : ''}.`,
      `This trace waited ${durationText(wait.explains.ms)} (${percentText(wait.explains.percent)}) for ${service} meanwhile, which has no more hands or connections for it.`,
      'Entries expired or were dropped together, the keys changed, or the cache is empty after a start.',
    ],
    confidence: 0.95,
    evidence: [
      ...lookUpsEvidence(context, `Looks into caches of ${service}, and how many found nothing`, service),
      callRatesEvidence(context, `How often operations of ${service} run, lately and before`, service),
      ...wait.evidence,
    ],
  };
}
