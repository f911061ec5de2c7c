import { timesText } from '../baseline.ts';
import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import { pathNsBelow, shareOf, type CallRate, type TraceContext } from '../context.ts';
import { callRatesEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { durationText, percentText, quoted } from '../format.ts';
import { attributeOf, databaseSystemOf, peerOf } from '../span.ts';
import type { TreeSpan } from '../tree-span.ts';
import { hasFailed, targetText } from './calls.ts';
import { severityOf } from './severity.ts';

const cacheSystem = /^(redis|valkey|keydb|dragonfly|memcached|hazelcast|ehcache|infinispan|aerospike|couchbase)$/i;
const lookUp = /^(h?m?get\w*|exists|fetch|lookup|read)\b|cache/i;
const least = { share: 0.1, times: 2, calls: 10, perRequest: 0.05 };

/** A look-up that found nothing, and what was asked instead. */
interface Miss {
  readonly lookup: TreeSpan;
  readonly backing: readonly TreeSpan[];
  /** The span says whether it found something. */
  readonly says: boolean;
}

/**
 * Cache misses: what a cache usually answers is now asked of what lies behind it. A look-up says that it missed, or is
 * followed by a call behind it, and that call runs a multiple of times as often a request as usual. Not a single miss, as
 * come all the time, and not a call that always follows.
 */
export const cacheMiss: Shape = (context) => {
  const misses = context.tree.spans.flatMap((parent) => missesOf(parent));
  const byBacking = Map.groupBy(misses, ({ backing }) => `${backing[0]!.service}\u0000${backing[0]!.operation}`);
  return [...byBacking.values()].flatMap((same) => candidate(same, context));
};

/** Whether a span says that it looked up what was not there: by `cache.hit` and its like. */
function saysMiss(span: TreeSpan): boolean | undefined {
  const hit = Object.entries(span.attributes).find(([key]) =>
    /(^|[._])cache[._]?(hit|status|result)$|^hit$/i.test(key),
  )?.[1];
  if (hit === undefined || hit === '') return undefined;
  return /^(false|miss|0|none|expired|stale|bypass)$/i.test(hit);
}

function isCache(span: TreeSpan): boolean {
  if (cacheSystem.test(databaseSystemOf(span) ?? ''))
    return lookUp.test(attributeOf(span, 'db.operation.name', 'db.operation') ?? span.operation);
  return (
    span.kind !== 'Server' && (saysMiss(span) !== undefined || /cache/i.test(`${span.operation} ${peerOf(span) ?? ''}`))
  );
}

/** Look-ups below one span, each with the calls that follow it up to the next; what lies below a look-up counts too. */
function missesOf(parent: TreeSpan): readonly Miss[] {
  const misses: Miss[] = [];
  for (const [at, lookup] of parent.children.entries()) {
    if (!isCache(lookup) || saysMiss(lookup) === false) continue;
    // Starts in whole milliseconds leave open which of two comes first: what outlasts the look-up came after it.
    const sameStart = parent.children
      .slice(0, at)
      .filter((span) => span.startNs >= lookup.endNs - 1e6 && span.endNs > lookup.endNs + 1e6 && isBacking(span));
    const following: TreeSpan[] = [...lookup.children.filter(isBacking), ...sameStart];
    for (const next of parent.children.slice(at + 1, at + 1 + mostFollowing)) {
      if (isCache(next) && lookUp.test(next.operation) && saysMiss(next) !== undefined) break;
      if (next.startNs >= lookup.endNs - 1e6 && isBacking(next)) following.push(next);
    }
    const [first] = following;
    if (first !== undefined) {
      const alike = following.filter(({ operation }) => operation === first.operation);
      misses.push({ lookup, backing: alike, says: saysMiss(lookup) === true || hasFailed(lookup) });
    }
  }
  return misses;
}

const mostFollowing = 20;
const isBacking = (span: TreeSpan): boolean =>
  span.kind === 'Client' && !isCache(span) && !cacheSystem.test(databaseSystemOf(span) ?? '');

function candidate(misses: readonly Miss[], context: TraceContext): readonly Candidate[] {
  const [{ lookup }] = misses as readonly [Miss, ...Miss[]];
  const backing = [...new Set(misses.flatMap((miss) => miss.backing))];
  const onPath = pathNsBelow(backing, context);
  if (shareOf(onPath, context) < least.share) return [];
  const says = misses.some((miss) => miss.says);
  const call = backing[0]!;
  const rate = rateOf(call, context.callRates);
  // Known to run as often as ever: a miss as they come all the time.
  if (rate === undefined ? !says : rate.times < least.times) return [];
  const explained = explains(onPath, context);
  const owner = lookup.parent ?? lookup;
  const cache = targetOf(lookup);
  const fails = misses.some((miss) => hasFailed(miss.lookup));
  return [
    {
      id: 'cache-miss',
      title: fails
        ? `The cache of ${owner.service} fails, and ${quoted(call.operation)} answers instead`
        : `Cache misses: ${owner.service} asks ${targetText(call)} instead of ${cache}`,
      severity: severityOf(explained.percent),
      culprit: culpritOf(owner, { dependency: cache }),
      explains: explained,
      sentences: [
        `${owner.service} ${quoted(owner.operation)} looks up ${misses.length === 1 ? 'once' : `${misses.length} times`} in ${cache} (${quoted(lookup.operation)})${fails ? ', which fails' : says ? ', misses' : ''}, and then calls ${quoted(call.operation)} ${backing.length === 1 ? 'once' : `${backing.length} times`}: ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace).`,
        rate === undefined
          ? 'How often it usually misses is not known yet.'
          : `${quoted(call.operation)} now runs ${rate.recent.toFixed(2)} times a request of ${call.service}, usually ${rate.usual.toFixed(2)}${Number.isFinite(rate.times) ? ` (${timesText(rate.times)})` : ''}.`,
        'Entries expired or were dropped together, the keys changed, or the cache is empty after a start.',
      ],
      spans: idsOf([...misses.map((miss) => miss.lookup), ...backing]),
      confidence: rate === undefined ? 0.5 : says ? 0.95 : 0.82,
      explainsFailure: false,
      evidence: [
        spansEvidence(
          context,
          'The look-ups and what followed',
          misses.flatMap((miss) => [miss.lookup, ...miss.backing]),
          ['cache.hit', 'db.query.text'],
        ),
        callRatesEvidence(context, `How often operations of ${call.service} run, lately and before`, call.service),
        usualEvidence(context, 'How long the call behind the cache took before', [call, lookup]),
      ],
    },
  ];
}

const targetOf = (lookup: TreeSpan): string =>
  databaseSystemOf(lookup) ?? (lookup.kind === 'Client' ? targetText(lookup) : 'its cache');

/** How often the call runs for each request of its service, lately and usually; undefined where that is not known. */
export function rateOf(
  { service, operation }: Pick<TreeSpan, 'service' | 'operation'>,
  rates: readonly CallRate[],
): { readonly recent: number; readonly usual: number; readonly times: number } | undefined {
  const own = rates.filter((rate) => rate.service === service);
  const requests = own.filter(({ kind }) => kind !== 'Client');
  const sum = (of: readonly CallRate[], period: 'recentCalls' | 'usualCalls'): number =>
    of.reduce((total, rate) => total + rate[period], 0);
  const calls = own.filter((rate) => rate.kind === 'Client' && rate.operation === operation);
  const [recentRequests, usualRequests] = [sum(requests, 'recentCalls'), sum(requests, 'usualCalls')];
  if (recentRequests === 0 || usualRequests < least.calls) return undefined;
  const recent = sum(calls, 'recentCalls') / recentRequests;
  const usual = sum(calls, 'usualCalls') / usualRequests;
  if (recent < least.perRequest) return undefined;
  return { recent, usual, times: recent / Math.max(usual, 1e-9) };
}
