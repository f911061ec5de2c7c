import { Effect } from 'effect';
import type { EngineUnavailable, QueryFailed } from '../../domain/errors.ts';
import type { QueryClient } from '../../store/query-client.ts';
import { eachOnce } from '../evidence/all-evidence.ts';
import { fetchEvidence } from '../evidence/evidence.ts';
import type { Finding, Suspect } from '../explanation.ts';
import type { Investigation } from './investigate.ts';
import { faresText, reasonEvidence } from './reason-evidence.ts';
import type { Reason, Suspected } from './suspects.ts';

/** Suspects with what shows each of their reasons, in their order. */
export const tellSuspects = (
  told: Investigation,
  findings: readonly Finding[],
): Effect.Effect<readonly Suspect[], QueryFailed | EngineUnavailable, QueryClient> =>
  Effect.forEach(told.suspects, (suspect) => suspectOf(suspect, findings, told), { concurrency: 2 });

const suspectOf = Effect.fnUntraced(function* (
  suspected: Suspected,
  findings: readonly Finding[],
  told: Investigation,
): Effect.fn.Return<Suspect, QueryFailed | EngineUnavailable, QueryClient> {
  const { kind, name, service, instance, score, confidence, sinceMs, reasons } = suspected;
  const iso = (unixMs: number): string => new Date(unixMs).toISOString();
  const own = told.records.filter((record) => record.service === service && record.instance === instance);
  const queries =
    kind === 'host' && told.host !== null
      ? [told.host.evidence]
      : [...own.flatMap(({ evidence }) => evidence), ...reasonEvidence(suspected, told)];
  const shown = yield* Effect.forEach(queries, fetchEvidence);
  const found = findings.find(({ culprit }) => culprit.service === service)?.evidence ?? [];
  const whyIn = ({ source, why }: Reason): string =>
    source === 'calls'
      ? `${why}${faresText(
          service,
          shown.flatMap(({ rows }) => rows),
          told.felt[0],
        )}`
      : why;
  return {
    kind,
    name,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence,
    since: sinceMs === null ? null : { at: iso(sinceMs.at), from: iso(sinceMs.from), to: iso(sinceMs.to) },
    why: reasons.map(whyIn),
    evidence: eachOnce([{ of: name, evidence: [...found, ...shown] }]).map(({ evidence }) => evidence),
  };
});
