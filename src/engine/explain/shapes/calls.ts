import { attributeOf, databaseSystemOf, isError, peerOf } from '../span.ts';
import { clockToleranceNs, type TreeSpan } from '../tree-span.ts';

/** Calls of one kind that one span made, by start. */
export interface CallGroup {
  readonly parent: TreeSpan;
  readonly calls: readonly TreeSpan[];
}

/** The client calls of every span, grouped by what is called: operation, peer, route, statement and who answered. */
export function callGroups(spans: readonly TreeSpan[], least: number): readonly CallGroup[] {
  const groups: CallGroup[] = [];
  for (const parent of spans) {
    if (parent.children.length < least) continue;
    const byTarget = Map.groupBy(
      parent.children.filter(({ kind }) => kind === 'Client'),
      targetOf,
    );
    for (const alike of byTarget.values()) {
      for (const calls of byCallee(alike)) if (calls.length >= least) groups.push({ parent, calls });
    }
  }
  return groups;
}

const targetOf = (call: TreeSpan): string =>
  [
    call.service,
    call.operation,
    peerOf(call) ?? '',
    attributeOf(call, 'url.template', 'http.route', 'rpc.method') ?? '',
    statementOf(call) ?? '',
  ].join('\u0000');

/**
 * Many client spans are only called "HTTP POST": who answered tells them apart. Calls that nobody answered (refused,
 * timed out) stay with those to the one callee that there is.
 */
function byCallee(calls: readonly TreeSpan[]): readonly (readonly TreeSpan[])[] {
  const byAnswer = Map.groupBy(calls, (call) => {
    const callee = calleeOf(call);
    return callee === undefined ? '' : `${callee.service}\u0000${callee.operation}`;
  });
  const callees = byAnswer.size - (byAnswer.has('') ? 1 : 0);
  return callees > 1 ? [...byAnswer.values()] : [calls];
}

/** The span with which another service answered the call, if it was received. */
function calleeOf(call: TreeSpan): TreeSpan | undefined {
  return call.children.find((child) => child.service !== call.service);
}

/** The statement without its values, so that calls which differ in these alone are the same. */
export function statementOf(call: Pick<TreeSpan, 'attributes'>): string | undefined {
  const text = attributeOf(call, 'db.query.text', 'db.statement');
  return text
    ?.replaceAll(/'(?:[^']|'')*'/g, '?')
    .replaceAll(/\b\d+(?:\.\d+)?\b/g, '?')
    .replaceAll(/\(\s*\?(?:\s*,\s*\?)*\s*\)/g, '(?)')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

/** How many of the calls began before an earlier one had ended, by more than clocks round. */
export function overlaps(calls: readonly TreeSpan[]): number {
  let count = 0;
  let busyUntil = -Infinity;
  for (const call of calls) {
    if (call.startNs < busyUntil - clockToleranceNs) count++;
    busyUntil = Math.max(busyUntil, call.endNs);
  }
  return count;
}

/** How many of the calls ran at one moment, those aside that seem to overlap because clocks round. */
export function mostAtOnce(calls: readonly TreeSpan[]): number {
  const starts = calls.map(({ startNs }) => startNs).sort((a, b) => a - b);
  const ends = calls.map(({ startNs, endNs }) => Math.max(startNs, endNs - clockToleranceNs)).sort((a, b) => a - b);
  let most = 0;
  let ended = 0;
  for (const [begun, start] of starts.entries()) {
    while (ended < ends.length && ends[ended]! <= start) ended++;
    most = Math.max(most, begun + 1 - ended);
  }
  return most;
}

/** The call did not bring what was asked for: an error, or an answer that invites to try again. */
export function hasFailed(call: TreeSpan): boolean {
  if (isError(call)) return true;
  const status = Number(attributeOf(call, 'http.response.status_code', 'http.status_code') ?? 0);
  return status === 429 || status >= 500;
}

/** Whom a call goes to, in words. */
export function targetText(call: TreeSpan): string {
  const database = databaseSystemOf(call);
  const name = attributeOf(call, 'db.namespace', 'db.name', 'server.address');
  if (database !== undefined) return name === undefined ? database : `${database} (${name})`;
  return peerOf(call) ?? calleeOf(call)?.service ?? 'its callee';
}
