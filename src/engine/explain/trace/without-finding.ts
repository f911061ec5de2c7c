import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { quoteText } from '../../store/sql-text.ts';
import { absenceEvidence, checkOf, type Passing } from '../absence.ts';
import type { Candidate } from '../candidate.ts';
import { latencyNs, type TraceContext } from '../context.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { Culprit, Without } from '../explanation.ts';
import { durationText, percentText } from '../format.ts';
import { hostName, instanceName } from '../nearby-sql.ts';
import { isError } from '../span.ts';

/** What takes less of a trace than this many percent away is not worth a word. */
const leastPercent = 1;
const middle = 'median';

/**
 * What the trace would have been without what the verdict rests on, checked against traces of the same root operation
 * around it that did not pass through the culprit. Null where nothing would be saved.
 */
export const withoutFinding = Effect.fnUntraced(function* (
  { culprit, explains: { ms, percent }, explainsFailure }: Candidate,
  context: TraceContext,
): Effect.fn.Return<Without | null, QueryFailed | EngineUnavailable, QueryClient> {
  const { root } = context.tree;
  const avoids = explainsFailure && isError(root);
  const saves = percent >= leastPercent;
  const usual = context.history.of(root);
  // How long it should take is not known without a history.
  if (!avoids && (!saves || usual === undefined)) return null;
  const base = {
    savedMs: saves ? Math.round(ms * 1000) / 1000 : 0,
    savedPercent: saves ? percent : 0,
    errorsAvoided: avoids ? 1 : 0,
    sentence: sentenceOf({ avoids, saves, tookMs: latencyNs(context) / 1e6, ms, percent }),
  };
  const passing = passingOf(culprit, context);
  if (usual === undefined || passing === null) return { ...base, check: null, evidence: [] };
  const evidence = yield* fetchEvidence(absenceEvidence(passing, middle));
  const check = avoids
    ? checkOf(evidence.rows, { what: 'errors', usual: usual.errors / usual.calls, middle })
    : checkOf(evidence.rows, { what: 'duration', usual: usual.p50Ms, middle });
  return { ...base, check, evidence: [evidence] };
});

function sentenceOf(of: {
  readonly avoids: boolean;
  readonly saves: boolean;
  readonly tookMs: number;
  readonly ms: number;
  readonly percent: number;
}): string {
  const time = `have taken about ${durationText(of.tookMs - of.ms)}, not ${durationText(of.tookMs)}: ${percentText(of.percent)} less`;
  if (!of.avoids) return `Without it this trace would ${time}.`;
  return `Without it this trace would not have failed${of.saves ? `, and would ${time}` : ''}.`;
}

/**
 * Traces of the root operation in the minutes around the trace, of which the context has bounded how many are read. Null
 * where all of them pass through the culprit, or this one does not: it may have waited for another trace's.
 */
function passingOf(culprit: Culprit, { tree, sampled }: TraceContext): Passing | null {
  const { service, operation } = culprit;
  const isPassed = tree.spans.some((span) => span.service === service && span.operation === operation);
  const where = spansOf(culprit);
  const isRoot = service === tree.root.service && operation === tree.root.operation && where === undefined;
  if (sampled === null || !isPassed || isRoot) return null;
  return {
    service: tree.root.service,
    kind: tree.root.kind,
    operation: tree.root.operation,
    range: { fromMs: sampled.recentFrom * 1000, toMs: sampled.recentTo * 1000 },
    sample: sampled.instancesBelow === '' ? '' : ` AND TraceId < ${quoteText(sampled.instancesBelow)}`,
    culprit: { service, operation, ...(where === undefined ? {} : { where }) },
  };
}

/** Which of the culprit's spans are meant, where it is one version, instance or host of its service. */
function spansOf({ version, instance, host }: Culprit): string | undefined {
  if (version !== undefined) return `ResourceAttributes['service.version'] = ${quoteText(version)}`;
  if (instance !== undefined) return `${instanceName} = ${quoteText(instance)}`;
  return host === undefined ? undefined : `${hostName} = ${quoteText(host)}`;
}
