import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import { limits } from '../../domain/limits.ts';
import { printable } from '../../domain/printable.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { absenceEvidence, checkOf } from '../absence.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { Without } from '../explanation.ts';
import { countText, durationText, percentText, quoted } from '../format.ts';
import { oneIn, sampled } from '../time-sql.ts';
import type { Worse } from './symptoms.ts';

/**
 * What would have been without the cause, at the operation where customers feel it most; checked against those of its
 * traces at the same time that did not pass through the culprit. Null where nothing is to be saved.
 */
export const withoutCause = Effect.fnUntraced(function* (
  felt: Worse,
  culprit: { readonly service: string; readonly operation: string | null; readonly isSilent: boolean },
  spans: number,
): Effect.fn.Return<Without | null, QueryFailed | EngineUnavailable, QueryClient> {
  const { what, usual, present, calls, failed } = felt.deviation;
  if (what === 'traffic' || usual === null) return null;
  const savedMs = what === 'duration' ? present - usual : 0;
  const errorsAvoided = what === 'errors' ? Math.round(failed - calls * usual) : 0;
  const name = `${printable(felt.service)} ${quoted(felt.operation)}`;
  const sentence =
    what === 'duration'
      ? `Without it ${name} would take ${durationText(usual)} on average, not ${durationText(present)}: ${percentText((savedMs / present) * 100)} less, in ${countText(calls, 'call')}.`
      : `Without it about ${countText(errorsAvoided, 'call')} of ${name} would not have failed.`;
  const base = {
    savedMs: Math.round(savedMs * 1000) / 1000,
    savedPercent: what === 'duration' ? Math.round((savedMs / present) * 1000) / 10 : 0,
    errorsAvoided,
    sentence,
  };
  if (culprit.service === felt.service || culprit.isSilent) return { ...base, check: null, evidence: [] };
  const { service, kind, operation, deviation } = felt;
  const range = { fromMs: deviation.fromSeconds * 1000, toMs: deviation.toSeconds * 1000 };
  const sample = sampled(oneIn(spans, 4 * limits.explain.edgeSpans));
  const middle = 'mean';
  const evidence = yield* fetchEvidence(absenceEvidence({ service, kind, operation, range, sample, culprit }, middle));
  return { ...base, check: checkOf(evidence.rows, { what, usual, middle }), evidence: [evidence] };
});
