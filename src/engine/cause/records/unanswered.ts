import type { CallSite } from './gaps.ts';
import type { TreeSpan } from './trace-spans.ts';

/** A call that usually has a span of its callee below it, and here has none. */
export interface Unanswered {
  readonly span: TreeSpan;
  /** Instances. */
  readonly caller: string;
  readonly callee: string;
  readonly calleeService: string;
}

const usuallyAnswered = 0.8;
const leastCalls = 3;

export interface AnswerBaseline {
  readonly bySite: ReadonlyMap<string, SiteCalls>;
  /** Who answers calls of a service to a peer, as attributes name it. */
  readonly byPeer: ReadonlyMap<string, Callees>;
}

type Callees = Map<string, { readonly callee: TreeSpan; count: number }>;

interface SiteCalls {
  calls: number;
  answered: number;
  readonly callees: Callees;
}

const peerKey = ({ service, peer }: TreeSpan): string => `${service}\u0000${peer}`;

/** @param sites of calls in windows of which nothing is left out */
export function answerBaseline(sites: Iterable<CallSite>): AnswerBaseline {
  const bySite = new Map<string, SiteCalls>();
  const byPeer = new Map<string, Callees>();
  const count = (into: Callees, callee: TreeSpan): void => {
    const own = into.get(callee.instance) ?? { callee, count: 0 };
    into.set(callee.instance, own);
    own.count++;
  };
  for (const { span, site, callee } of sites) {
    const own = bySite.get(site) ?? { calls: 0, answered: 0, callees: new Map() };
    bySite.set(site, own);
    own.calls++;
    if (callee === undefined) continue;
    own.answered++;
    count(own.callees, callee);
    if (span.peer === '') continue;
    const peers = byPeer.get(peerKey(span)) ?? new Map();
    byPeer.set(peerKey(span), peers);
    count(peers, callee);
  }
  return { bySite, byPeer };
}

export function unansweredOf(sites: readonly CallSite[], { bySite, byPeer }: AnswerBaseline): Unanswered[] {
  return sites.flatMap(({ span, site, callee }): Unanswered[] => {
    if (callee !== undefined || span.children.length > 0) return [];
    const usual = bySite.get(site);
    if (usual !== undefined && (usual.calls < leastCalls || usual.answered < usuallyAnswered * usual.calls)) return [];
    const callees = usual?.callees ?? (span.peer === '' ? undefined : byPeer.get(peerKey(span)));
    const likely = [...(callees?.values() ?? [])].sort((a, b) => b.count - a.count)[0]?.callee;
    if (likely === undefined) return [];
    return [{ span, caller: span.instance, callee: likely.instance, calleeService: likely.service }];
  });
}
