import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { shareOf, type TraceContext } from '../context.ts';
import { spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { bytesText, countText, durationText, percentText, quoted } from '../format.ts';
import { compare } from '../history.ts';
import type { SizeStats } from '../nearby.ts';
import { sizesEvidence } from '../nearby-sql.ts';
import { keyOf } from '../sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { severityOf } from './severity.ts';

const least = { calls: 10, times: 3, timesAlone: 4, bytes: 10_240, rows: 50, share: 0.15 };

/** A span that carries much more than its operation usually does. */
interface Grown {
  readonly span: TreeSpan;
  readonly stats: SizeStats;
  readonly size: number;
  /** All requests carry more now, or this one does. */
  readonly who: 'all' | 'one';
}

/**
 * Payload growth: bodies, rows or messages of a slow operation, and of those that it calls, are a multiple of what they
 * usually are. Who sends them may be quick: it is who receives and passes them on that waits. Not large ones
 * that have always been large, nor growth of an operation that is as fast as ever.
 */
export const payloadGrowth: Shape = (context) => {
  const found = context.tree.spans.flatMap((span) => grownOf(span, context));
  const isSlow = ({ span }: Grown): boolean => compare(span, context.history)?.isSlow === true;
  return [...Map.groupBy(found, (grown) => originOf(grown, found)).values()]
    .filter((same) => same.some(isSlow))
    .flatMap((same) => candidate(same, isSlow, context));
};

/** Who carries more because what it called does: the deepest below it that carries more is where it comes from. */
function originOf({ span }: Grown, found: readonly Grown[]): TreeSpan {
  const below = found.filter((other) => other.span !== span && isBelow(other.span, span));
  return below.reduce((deepest, other) => (other.span.depth > deepest.depth ? other.span : deepest), span);
}

function isBelow(span: TreeSpan, above: TreeSpan): boolean {
  for (let up = span.parent; up !== null; up = up.parent) if (up === above) return true;
  return false;
}

function grownOf(span: TreeSpan, context: TraceContext): readonly Grown[] {
  if (span.synthetic) return [];
  return context.sizes.flatMap((stats): readonly Grown[] => {
    const size = Number(span.attributes[stats.key] ?? NaN);
    if (!Number.isFinite(size) || keyOf(stats) !== keyOf(span) || stats.usual.calls < least.calls) return [];
    if (size < (isCount(stats.key) ? least.rows : least.bytes)) return [];
    const { recent, usual } = stats;
    if (size < usual.p50 * least.times) return [];
    // What is usual may end a little after it began, so that its largest are of the trouble already.
    const grewForAll = recent.calls >= least.calls && recent.p50 >= usual.p50 * least.times;
    if (grewForAll && size >= recent.p50 / 2) return [{ span, stats, size, who: 'all' }];
    return size >= usual.p95 * least.timesAlone ? [{ span, stats, size, who: 'one' }] : [];
  });
}

const isCount = (key: string): boolean => /rows|count/.test(key);
const sizeText = (size: number, key: string): string =>
  isCount(key) ? countText(Math.round(size), key.includes('rows') ? 'row' : 'message') : bytesText(size);

function candidate(
  same: readonly Grown[],
  isSlow: (grown: Grown) => boolean,
  context: TraceContext,
): readonly Candidate[] {
  const times = ({ size, stats }: Grown): number => size / Math.max(stats.usual.p50, 1);
  // Where it comes from: the deepest, and of what one span tells, what grew most.
  const grown = same.reduce((most, one) =>
    one.span.depth > most.span.depth || (one.span.depth === most.span.depth && times(one) > times(most)) ? one : most,
  );
  const { span, stats, size, who } = grown;
  const lostNs = Math.max(...same.filter(isSlow).map((one) => compare(one.span, context.history)?.excessNs ?? 0));
  if (shareOf(lostNs, context) < least.share) return [];
  const explained = explains(lostNs, context);
  const { recent, usual, key } = stats;
  return [
    {
      id: 'payload-growth',
      title: `${span.service} ${quoted(span.operation)} carries ${timesText(times(grown))} its usual payload`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(span),
      explains: explained,
      sentences: [
        `${key} is ${sizeText(size, key)} in this trace; usually ${sizeText(usual.p50, key)} in the median and ${sizeText(usual.p95, key)} at p95.`,
        who === 'all'
          ? `It grew for all: ${sizeText(recent.p50, key)} in the median of ${recent.calls} calls around this trace.`
          : 'Other calls around this trace carry what they usually do: this request asks for more.',
        `The operation takes ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace) longer than usual. Page it, or ask for less.`,
      ],
      spans: idsOf(same.map((one) => one.span)),
      confidence: who === 'all' ? 0.9 : 0.75,
      explainsFailure: false,
      evidence: [
        ...sizesEvidence(context, 'Sizes of the operation, lately and usually', span),
        spansEvidence(
          context,
          'The slow spans and what they carry',
          same.map((one) => one.span),
          [key],
        ),
        usualEvidence(context, 'How long the operation took before', [span]),
      ],
    },
  ];
}
