import type { Candidate, Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { durationText, percentText, quoted } from '../format.ts';
import type { OverlappingStatement } from '../nearby.ts';
import { duringWait } from '../nearby-sql.ts';
import { quietWaits } from '../quiet-waits.ts';
import { databaseSystemOf } from '../span.ts';
import { holderOf, isTransaction, resourceOf, type Holder } from './lock-holders.ts';
import { poolWait } from './pool-wait.ts';

const least = { part: 0.3 };

/**
 * A lock behind a pool wait: requests wait for connections because others of the same service hold theirs through a
 * statement that waits for a lock. This trace shows only the wait; statements of other traces show who makes it.
 */
export const lockBehindWait: Shape = (context) =>
  poolWait(context).flatMap((wait) => {
    const held = heldBy(wait.culprit.service, context);
    return held === undefined ? [] : [candidate(wait, held)];
  });

interface Held {
  readonly statement: OverlappingStatement;
  readonly holder: Holder;
  readonly sql: string;
}

/** The statement that kept a connection longest while the trace waited, of those that waited for a lock themselves. */
function heldBy(service: string, context: TraceContext): Held | undefined {
  for (const wait of quietWaits(context).filter(({ span }) => span.service === service)) {
    const [from, to] = [wait.fromNs - wait.span.shiftNs, wait.toNs - wait.span.shiftNs];
    const meanwhile = context.statements
      .map((statement) => ({ statement, ns: Math.min(to, statement.endNs) - Math.max(from, statement.startNs) }))
      .filter(({ statement, ns }) => {
        const keeps = statement.kind === 'Client' && !isTransaction(statement);
        return statement.service === service && keeps && ns >= (to - from) * least.part;
      })
      .toSorted((a, b) => b.ns - a.ns);
    for (const { statement } of meanwhile) {
      const holder = holderOf(statement, context.statements);
      if (holder !== undefined && (holder.isTransaction || holder.waiters > 1)) {
        return { statement, holder, sql: duringWait(wait, context) };
      }
    }
  }
  return undefined;
}

function candidate(wait: Candidate, { statement, holder, sql }: Held): Candidate {
  const { service, operation, spanId, traceId, startNs, endNs } = statement;
  const took = (one: { readonly startNs: number; readonly endNs: number }): string =>
    durationText((one.endNs - one.startNs) / 1e6);
  const target = databaseSystemOf(statement) ?? 'its database';
  const resource = resourceOf(statement) ?? target;
  return {
    ...wait,
    id: 'lock-wait',
    title: `${service} waits for a lock on ${resource}, with its connections in hand`,
    culprit: { service, operation, spanId, dependency: target },
    sentences: [
      `${quoted(operation)} of ${service} took ${took({ startNs, endNs })} meanwhile (trace ${traceId}), up to when ${quoted(holder.operation)} of ${holder.service} ended (trace ${holder.traceId}), which had held the lock for ${took(holder)}.`,
      `Who waits for the lock keeps a connection: this trace waited ${durationText(wait.explains.ms)} (${percentText(wait.explains.percent)}) for one of ${service}.`,
      'Keep transactions short, and make no calls to others in them; a larger pool would only make the line longer.',
    ],
    confidence: 0.95,
    evidence: [
      { title: `Statements and transactions of ${service} during the wait, the longest first`, sql },
      ...wait.evidence,
    ],
  };
}
