import { type Candidate, type Shape } from '../candidate.ts';
import type { CallRate, TraceContext } from '../context.ts';
import { callRatesEvidence, windowsEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { poolWait } from './pool-wait.ts';

const least = { perRequest: 3, timesUsual: 3, calls: 20 };

/**
 * N+1 behind a pool wait: requests wait for connections because others of the same service hold theirs through a
 * statement that now runs many times a request. This trace shows only the wait; the call rates show who makes it.
 */
export const nPlusOneBehindWait: Shape = (context) =>
  poolWait(context).flatMap((wait) => {
    const hog = hogOf(wait.culprit.service, context.callRates);
    return hog === undefined ? [] : [candidate(wait, hog, context)];
  });

interface Hog {
  readonly rate: CallRate;
  readonly perRequest: number;
  readonly usualPerRequest: number;
}

/** The client operation of a service that most outgrew the requests that the service gets. */
function hogOf(service: string, rates: readonly CallRate[]): Hog | undefined {
  const own = rates.filter((rate) => rate.service === service);
  const requests = own.filter(({ kind }) => kind !== 'Client');
  const recent = requests.reduce((sum, { recentCalls }) => sum + recentCalls, 0);
  const usual = requests.reduce((sum, { usualCalls }) => sum + usualCalls, 0);
  if (recent === 0 || usual === 0) return undefined;
  return own
    .filter(({ kind, recentCalls }) => kind === 'Client' && recentCalls >= least.calls)
    .map((rate) => ({ rate, perRequest: rate.recentCalls / recent, usualPerRequest: rate.usualCalls / usual }))
    .filter(
      ({ perRequest, usualPerRequest }) =>
        perRequest >= least.perRequest && perRequest >= usualPerRequest * least.timesUsual,
    )
    .reduce<Hog | undefined>(
      (most, hog) => (most === undefined || hog.perRequest > most.perRequest ? hog : most),
      undefined,
    );
}

function candidate(wait: Candidate, { rate, perRequest, usualPerRequest }: Hog, context: TraceContext): Candidate {
  const often = perRequest.toFixed(1);
  return {
    ...wait,
    id: 'n-plus-one',
    title: `N+1 in ${rate.service} holds its connections: ${quoted(rate.operation)}`,
    culprit: { ...wait.culprit, service: rate.service },
    sentences: [
      `${rate.service} now makes ${often} calls of ${quoted(rate.operation)} a request, against ${usualPerRequest.toFixed(1)} before: each request keeps its connection through all of them, and others wait.`,
      `This trace waited ${durationText(wait.explains.ms)} (${percentText(wait.explains.percent)}) for a connection of ${rate.service}.`,
      'Ask once for all of them: a JOIN, an IN list, or a batch call.',
    ],
    confidence: 0.96,
    evidence: [
      callRatesEvidence(context, `How often operations of ${rate.service} run, lately and before`, rate.service),
      windowsEvidence(context, rate),
      ...wait.evidence,
    ],
  };
}
