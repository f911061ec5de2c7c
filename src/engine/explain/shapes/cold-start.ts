import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { serviceToBlame, shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import { instancesEvidence } from '../nearby-sql.ts';
import { keyOf } from '../sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { instanceOf } from './process.ts';
import { severityOf } from './severity.ts';

const least = { share: 0.15, times: 2, calls: 5, laterCalls: 10 };
/** How young a process may be that still warms up, and how much older its service must be. */
const youngMs = 20_000;
const olderMs = 15_000;

/** A process that had just started when it was asked. */
interface Cold {
  readonly spans: readonly TreeSpan[];
  readonly worst: TreeSpan;
  readonly ageMs: number;
  readonly lostNs: number;
  /** A runtime that says so: `faas.coldstart`. */
  readonly saysSo: boolean;
  readonly laterP50Ms: number | null;
}

/**
 * Cold start: the first calls of a process are slow, while it loads code and sets up connections; later calls, and other
 * processes, are as fast as usual. Not a new version that stays slow, nor a service that was never seen before.
 */
export const coldStart: Shape = (context) => {
  const own = [...context.excess].filter(
    ([span, ns]) => !span.synthetic && ns > 0 && serviceToBlame(span) === span.service,
  );
  const byProcess = Map.groupBy(own, ([span]) => `${span.service}\u0000${instanceOf(span)}`);
  return [...byProcess.values()].flatMap((entries) => {
    const cold = coldOf(entries, context);
    return cold === undefined ? [] : [candidate(cold, context)];
  });
};

function coldOf(entries: readonly (readonly [TreeSpan, number])[], context: TraceContext): Cold | undefined {
  const lostNs = entries.reduce((sum, [, ns]) => sum + ns, 0);
  if (shareOf(lostNs, context) < least.share) return undefined;
  const worst = entries.reduce((most, one) => (one[1] > most[1] ? one : most))[0];
  const inProcess = context.tree.spans.filter(
    (span) => !span.synthetic && span.service === worst.service && instanceOf(span) === instanceOf(worst),
  );
  const saysSo = inProcess.some(({ attributes }) => attributes['faas.coldstart'] === 'true');
  const ageMs = ageOf(inProcess, context);
  if (!saysSo && (ageMs === undefined || ageMs > youngMs || !isUnusual(worst, context))) return undefined;
  const stats = context.instances.find(
    (one) => keyOf(one) === keyOf(worst) && one.instance === instanceOf(worst) && one.recent.calls >= least.laterCalls,
  );
  const usual = context.history.of(worst);
  // A process that goes on being slow is no cold one.
  if (!saysSo && stats !== undefined && usual !== undefined && stats.recent.p50Ms >= usual.p50Ms * least.times)
    return undefined;
  return {
    spans: entries.map(([span]) => span),
    worst,
    ageMs: ageMs ?? 0,
    lostNs,
    saysSo,
    laterP50Ms: stats?.recent.p50Ms ?? null,
  };
}

/** Slow against its own history, which other processes of the service made. */
const isUnusual = (span: TreeSpan, { history }: TraceContext): boolean => {
  const comparison = compare(span, history);
  return comparison !== undefined && comparison.times >= least.times;
};

/** Milliseconds from the start of a process to its first span of this trace; undefined where its service is as young. */
function ageOf(spans: readonly TreeSpan[], { starts, data }: TraceContext): number | undefined {
  const [first] = spans;
  if (first === undefined || instanceOf(first) === '') return undefined;
  const atMs =
    Number(data.originNs / 1_000_000n) + Math.min(...spans.map(({ startNs, shiftNs }) => startNs - shiftNs)) / 1e6;
  const said = Date.parse(first.resource['process.creation.time'] ?? '');
  const seen = starts.find(
    ({ service, instance }) => service === first.service && instance === instanceOf(first),
  )?.firstSeenMs;
  const startMs = Number.isFinite(said) ? said : seen;
  if (startMs === undefined) return undefined;
  const older = starts.some(
    ({ service, firstSeenMs }) => service === first.service && firstSeenMs <= startMs - olderMs,
  );
  return older ? Math.max(0, atMs - startMs) : undefined;
}

function candidate({ spans, worst, ageMs, lostNs, saysSo, laterP50Ms }: Cold, context: TraceContext): Candidate {
  const explained = explains(lostNs, context);
  const instance = instanceOf(worst);
  const comparison = compare(worst, context.history);
  const connects = spans.some(({ operation }) => /connect|dns|tls|handshake/i.test(operation));
  return {
    id: 'cold-start',
    title: `Cold start: ${worst.service}${instance === '' ? '' : ` ${instance}`} had just begun`,
    severity: severityOf(explained.percent),
    culprit: culpritOf(worst, instance === '' ? {} : { instance }),
    explains: explained,
    sentences: [
      saysSo && ageMs === 0
        ? `${worst.service} says that this was the first request of a new process.`
        : `${instance} of ${worst.service} had been up for ${durationText(ageMs)} when it was asked; its service has run for longer.`,
      `${quoted(worst.operation)} took ${comparison === undefined ? 'its time' : `${timesText(comparison.times)} its usual ${durationText(comparison.usual.p50Ms)}`}: ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace) beyond the usual${connects ? ', some of it for its first connections' : ''}.`,
      laterP50Ms === null
        ? 'It served too few calls since to tell whether it stays slow.'
        : `Its calls around this trace take ${durationText(laterP50Ms)} in the median, as usual. Warm it up before it is asked.`,
    ],
    spans: idsOf(spans),
    confidence: saysSo ? 0.97 : laterP50Ms === null ? 0.72 : 0.9,
    explainsFailure: false,
    evidence: [
      ...instancesEvidence(context, `${worst.service} by instance`, worst),
      spansEvidence(context, 'The slow spans of the new process', spans),
      usualEvidence(context, 'How long the operation took before', [worst]),
    ],
  };
}
