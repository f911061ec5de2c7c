import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { pathNs, type TraceContext } from '../context.ts';
import type { EvidenceQuery } from '../evidence/evidence.ts';
import { spansEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { findOnset, type Onset } from '../onset.ts';
import { isError } from '../span.ts';
import { keyOf, windowsSql } from '../sql.ts';
import { windowAt } from '../times.ts';
import type { TreeSpan } from '../tree-span.ts';
import { severityOf } from './severity.ts';

const least = { services: 3, seconds: 20, sureSeconds: 30, percent: 15 };

/** A service of the trace, and when it turned worse. */
interface Domino {
  readonly service: string;
  readonly span: TreeSpan;
  readonly onset: Onset;
}

/**
 * Cascading failure: trouble began in one service and went up through its callers over time, each falling when the one
 * below it had. Not trouble that all show at once, as callers of a slow service do, and not one that came from above.
 */
export const cascadingFailure: Shape = (context) => {
  const onsets = onsetsOf(context);
  const chains = context.tree.spans
    .filter((span) => onsets.has(keyOf(span)) && !span.children.some((child) => leadsTo(child, onsets)))
    .map((span) => chainAbove(span, onsets))
    .filter(isCascade);
  const longest = chains.reduce<readonly Domino[]>((most, one) => (one.length > most.length ? one : most), []);
  return longest.length === 0 ? [] : candidate(longest, context);
};

const leadsTo = (span: TreeSpan, onsets: ReadonlyMap<string, Onset>): boolean => onsets.has(keyOf(span));

/** When each operation turned worse, of those whose windows are known. */
function onsetsOf({ windows, data }: TraceContext): ReadonlyMap<string, Onset> {
  const latest = windowAt(data.originNs);
  return new Map(
    [...Map.groupBy(windows, keyOf)].flatMap(([key, own]) => {
      const onset = findOnset(own, latest);
      return onset === null ? [] : [[key, onset] as const];
    }),
  );
}

/** The services from a span upwards that turned worse, each with the earliest onset of its spans in between. */
function chainAbove(from: TreeSpan, onsets: ReadonlyMap<string, Onset>): readonly Domino[] {
  const chain: Domino[] = [];
  for (let up: TreeSpan | null = from; up !== null; up = up.parent) {
    const onset = onsets.get(keyOf(up));
    if (onset === undefined) continue;
    const last = chain.at(-1);
    if (last?.service !== up.service) chain.push({ service: up.service, span: up, onset });
    else if (onset.time < last.onset.time) chain[chain.length - 1] = { service: up.service, span: up, onset };
  }
  return chain;
}

function isCascade(chain: readonly Domino[]): boolean {
  const [first, last] = [chain[0], chain.at(-1)];
  if (first === undefined || last === undefined) return false;
  const services = new Set(chain.map(({ service }) => service));
  const isUpwards = chain.every(({ onset }, at) => at === 0 || onset.time >= chain[at - 1]!.onset.time);
  return services.size >= least.services && isUpwards && last.onset.time - first.onset.time >= least.seconds;
}

function candidate(chain: readonly Domino[], context: TraceContext): readonly Candidate[] {
  const [first, last] = [chain[0]!, chain.at(-1)!];
  const within = new Set(chain.map(({ service }) => service));
  const spans = context.tree.spans.filter((span) => within.has(span.service) && !span.synthetic);
  const excess = spans.reduce((sum, span) => sum + (context.excess.get(span) ?? 0), 0);
  const explained = explains(Math.min(excess, pathNs(spans, context)), context);
  const failsTrace =
    isError(context.tree.root) && last.onset.what === 'errors' && within.has(context.tree.root.service);
  if (explained.percent < least.percent && !failsTrace) return [];
  const spread = last.onset.time - first.onset.time;
  const clock = (unixSeconds: number): string => new Date(unixSeconds * 1000).toISOString().slice(11, 19);
  const told = ({ service, onset }: Domino): string =>
    `${service} ${onset.what === 'errors' ? 'began to fail' : 'turned slow'} at ${clock(onset.time)}`;
  const shown = chain.map(({ span }) => span);
  return [
    {
      id: 'cascading-failure',
      title: `Cascade that began in ${first.service} and reached ${last.service}`,
      severity: failsTrace ? 'critical' : severityOf(explained.percent),
      culprit: culpritOf(first.span),
      explains: explained,
      sentences: [
        `${chain.map(told).join(', ')}: from ${quoted(first.span.operation)} up through ${within.size} services in ${durationText(spread * 1000)}.`,
        `${first.service} fell first; the others followed as their calls to it did. They take ${durationText(explained.ms)} (${percentText(explained.percent)}) of this trace beyond the usual.`,
      ],
      spans: idsOf(shown),
      // Windows last 10 s: an onset may be off by one of them.
      confidence: spread >= least.sureSeconds && within.size >= least.services ? 0.85 : 0.6,
      explainsFailure: failsTrace,
      evidence: [windowsOf(chain, context), spansEvidence(context, 'One span of each service', shown)],
    },
  ];
}

/** The operations of the chain, from a minute before the first fell to the last window that was looked at. */
function windowsOf(chain: readonly Domino[], { untilNs, data }: TraceContext): EvidenceQuery {
  const fromSeconds = chain[0]!.onset.time - 60;
  const toSeconds = Math.max(windowAt(untilNs), windowAt(data.originNs) + 10);
  return {
    title: 'The operations that fell, in steps of 10 s',
    sql: windowsSql(
      chain.map(({ span: { service, kind, operation } }) => ({ service, kind, operation })),
      { fromSeconds, toSeconds },
    ),
  };
}
