import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { latencyNs, serviceToBlame, shareOf, type TraceContext, type VersionStats } from '../context.ts';
import { errorOrigins, reachesRoot } from '../errors.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText } from '../format.ts';
import { entryOperations, versionsEvidence } from '../version-sql.ts';
import { durationOf, type TreeSpan } from '../tree-span.ts';
import { severityOf } from './severity.ts';

const least = { calls: 5, share: 0.15, times: 1.5, rate: 0.05, timesRate: 3 };

/**
 * Bad deploy: a service runs a version that is younger than another of the last day and does worse than it, and that
 * service is where this trace lost its time or failed. A new version of a service that merely waits for a slow
 * callee is not to blame.
 */
export const badDeploy: Shape = (context) =>
  [...Map.groupBy(context.versions, ({ service }) => service)].flatMap(([service, versions]) =>
    candidate(service, versions, context),
  );

function candidate(service: string, versions: readonly VersionStats[], context: TraceContext): readonly Candidate[] {
  const spans = context.tree.spans.filter((span) => span.service === service && !span.synthetic);
  const running = new Set(spans.map((span) => span.resource['service.version'] ?? ''));
  const current = versions.find(({ version }) => running.has(version));
  const former = versions
    .filter((other) => current !== undefined && other.firstSeenMs < current.firstSeenMs && other.calls >= least.calls)
    .reduce<VersionStats | undefined>(
      (last, other) => (last === undefined || other.firstSeenMs > last.firstSeenMs ? other : last),
      undefined,
    );
  if (current === undefined || former === undefined || current.calls < least.calls) return [];
  if (beganBefore(current.firstSeenMs, service, context)) return [];

  const times = current.p50Ms / Math.max(former.p50Ms, 0.001);
  const times95 = current.p95Ms / Math.max(former.p95Ms, 0.001);
  const rate = current.errors / current.calls;
  const formerRate = former.errors / former.calls;
  const isSlower = times >= least.times || times95 >= least.times * 1.5;
  const failsMore = rate >= formerRate + least.rate && rate >= formerRate * least.timesRate;

  const [lost, at] = lostIn(service, context);
  const failed = errorOrigins(context.tree).find((span) => span.service === service);
  const slowHere = isSlower && shareOf(lost, context) >= least.share && at !== undefined;
  const failsHere = failsMore && failed !== undefined;
  const culprit = failsHere ? failed : at;
  if ((!slowHere && !failsHere) || culprit === undefined) return [];

  const explained = explains(slowHere ? lost : 0, context);
  const failsTrace = failsHere && reachesRoot(failed, context.tree);
  const entry = spans.find(({ kind }) => kind === 'Server' || kind === 'Consumer') ?? culprit;
  return [
    {
      id: 'bad-deploy',
      title: `${service} ${current.version} is worse than ${former.version}`,
      severity: failsTrace ? 'critical' : severityOf(explained.percent),
      culprit: culpritOf(entry, { version: current.version }),
      explains: explained,
      sentences: [
        `${service} runs version ${current.version}, first seen at ${new Date(current.firstSeenMs).toISOString().slice(11, 19)}; ${former.version} ran before it.`,
        ...(isSlower
          ? [
              `Its requests take ${durationText(current.p50Ms)} in the median and ${durationText(current.p95Ms)} at p95, against ${durationText(former.p50Ms)} and ${durationText(former.p95Ms)} (${timesText(times)} and ${timesText(times95)}).`,
            ]
          : []),
        ...(failsMore ? [`${percentText(rate * 100)} of them fail, against ${percentText(formerRate * 100)}.`] : []),
        slowHere
          ? `In this trace ${service} itself lost ${durationText(lost / 1e6)} of ${durationText(latencyNs(context) / 1e6)}.`
          : `In this trace ${service} is where the error began.`,
      ],
      spans: idsOf(spans),
      confidence: Math.min(current.calls, former.calls) >= 20 ? 0.95 : 0.8,
      explainsFailure: failsTrace,
      evidence: [
        versionsEvidence(context, `${service} by version`, entryOperations(context.tree, [service])),
        spansEvidence(context, `What ${service} did in this trace`, spans),
        usualEvidence(context, 'How long the operation took before', [entry]),
      ],
    },
  ];
}

/** Time on the path beyond the usual that a service is to blame for, and its worst span. */
export function lostIn(service: string, context: TraceContext): readonly [ns: number, worst: TreeSpan | undefined] {
  const own = [...context.excess].filter(([span]) => !span.synthetic && serviceToBlame(span) === service);
  const worst = own
    .filter(([span, ns]) => span.service === service && ns > 0)
    .reduce<readonly [TreeSpan, number] | undefined>(
      (most, entry) =>
        most === undefined || entry[1] > most[1] || (entry[1] === most[1] && durationOf(entry[0]) > durationOf(most[0]))
          ? entry
          : most,
      undefined,
    );
  return [own.reduce((sum, [, ns]) => sum + ns, 0), worst?.[0]];
}

/** Windows are 10 s long, and a first span comes a little after its process. */
const onsetSlackMs = 20_000;

/** What the service suffered from before the version came is not the version's fault. */
function beganBefore(firstSeenMs: number, service: string, { onset }: TraceContext): boolean {
  return onset !== null && onset.service === service && firstSeenMs > onset.time * 1000 + onsetSlackMs;
}
