import { culpritOf, explains, idsOf, type Candidate, type Shape } from '../candidate.ts';
import type { TraceContext } from '../context.ts';
import { describeError, reachesRoot } from '../errors.ts';
import { logsEvidence, spansEvidence, usualEvidence } from '../evidence-sql.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { keyOf } from '../sql.ts';
import type { TreeSpan } from '../tree-span.ts';
import { callGroups, hasFailed, overlaps, targetText, type CallGroup } from './calls.ts';
import { severityOf } from './severity.ts';

const least = { attempts: 2, calls: 4, share: 5, sure: 6 };

/** Retries below retries: the groups of attempts from the outermost caller down to the failing dependency. */
interface Chain {
  readonly levels: readonly CallGroup[];
  /** Calls of the innermost level, below all attempts of the outermost. */
  readonly calls: readonly TreeSpan[];
}

/**
 * Retry amplification: a caller tries again, and below each of its attempts the callee tries again as well, so that the
 * attempts multiply. The level nearest to the failing dependency is named: it sends the most, and knows best what failed.
 */
export const retryAmplification: Shape = (context) => {
  const chains = chainsOf(context);
  const byOutermost = Map.groupBy(chains, ({ levels }) => levels[0]);
  return [...byOutermost.values()].map((same) =>
    candidate(
      same.reduce((most, one) => (weightOf(one) > weightOf(most) ? one : most)),
      context,
    ),
  );
};

const weightOf = ({ levels, calls }: Chain): number => levels.length * 1e6 + calls.length;

function chainsOf({ tree }: TraceContext): readonly Chain[] {
  const groups = callGroups(tree.spans, least.attempts).filter(isRetried);
  const attemptOf = new Map(groups.flatMap((group) => group.calls.map((call) => [call, group] as const)));
  const found = groups.map((group) => ({ group, levels: levelsAbove(group, attemptOf) }));
  const inner = new Set(found.flatMap(({ levels }) => levels.slice(0, -1)));
  const chains = found.filter(({ group, levels }) => levels.length > 1 && !inner.has(group));
  const together = Map.groupBy(
    chains,
    ({ group, levels }) => `${levels[0]!.calls[0]!.spanId} ${keyOf(group.calls[0]!)}`,
  );
  return [...together.values()].flatMap((same): Chain[] => {
    const [first] = same;
    const below = new Set(same.map(({ levels }) => attemptAbove(levels)));
    const calls = same.flatMap(({ group }) => group.calls);
    // One attempt of many with retries below it is no product.
    return first === undefined || below.size < 2 || calls.length < least.calls ? [] : [{ levels: first.levels, calls }];
  });
}

const isRetried = ({ calls }: CallGroup): boolean =>
  calls.slice(0, -1).every(hasFailed) && hasFailed(calls[0]!) && overlaps(calls) === 0;

/** From the outermost level down to the group itself. */
function levelsAbove(group: CallGroup, attemptOf: ReadonlyMap<TreeSpan, CallGroup>): readonly CallGroup[] {
  const levels = [group];
  for (let up: TreeSpan | null = group.parent; up !== null; up = up.parent) {
    const above = attemptOf.get(up);
    if (above !== undefined) levels.unshift(above);
  }
  return levels;
}

/** Which attempt of the outermost level the innermost lies below. */
function attemptAbove(levels: readonly CallGroup[]): TreeSpan | undefined {
  const outer = new Set(levels[0]!.calls);
  let up: TreeSpan | null = levels.at(-1)!.parent;
  while (up !== null && !outer.has(up)) up = up.parent;
  return up ?? undefined;
}

function candidate({ levels, calls }: Chain, context: TraceContext): Candidate {
  const [outer, nearest] = [levels[0]!, levels.at(-1)!];
  const last = calls.at(-1)!;
  const attempts = levels.map((level) => level.calls.length);
  const product = attempts.reduce((times, count) => times * count, 1);
  const lastOuter = outer.calls.at(-1)!;
  const failsTrace = hasFailed(last) && reachesRoot(last, context.tree);
  const spent = levels.reduce((sum, level) => sum + level.calls.at(-1)!.startNs - level.calls[0]!.startNs, 0);
  const explained = explains(context.path.selfNs.has(last) || context.path.selfNs.has(lastOuter) ? spent : 0, context);
  const { message } = describeError(nearest.calls[0]!, context.data.logs);
  const shown = [...outer.calls, ...calls];
  return {
    id: 'retry-amplification',
    title: `Retries multiply: ${attempts.join(' × ')} attempts of ${quoted(last.operation)}`,
    severity: failsTrace ? 'critical' : explained.percent < least.share ? 'info' : severityOf(explained.percent),
    culprit: culpritOf(last, { dependency: targetText(last) }),
    explains: explained,
    sentences: [
      `${levels.map(({ parent, calls: own }) => `${parent.service} tries ${targetText(own[0]!)} ${countText(own.length, 'time')}`).join(', and below each attempt ')}: up to ${product} calls of ${targetText(last)} for one request, ${calls.length} in this trace.`,
      `They failed${message === '' ? '' : ` with ${quoted(message)}`}. Trying again takes ${durationText(explained.ms)} (${percentText(explained.percent)} of the trace).`,
      `Retry at one level only, the one nearest to ${targetText(last)}, and let the others pass the error on.`,
    ],
    spans: idsOf(shown),
    confidence: calls.length >= least.sure ? 0.97 : 0.85,
    explainsFailure: failsTrace,
    evidence: [
      spansEvidence(context, 'The attempts, of the outermost and of the innermost level', shown, [
        'http.response.status_code',
        'error.type',
      ]),
      logsEvidence(context, 'Warnings and errors that the trace logged'),
      usualEvidence(context, 'How often the operations ran, and failed, before', [last, lastOuter]),
    ],
  };
}
