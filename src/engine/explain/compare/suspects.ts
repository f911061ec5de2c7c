import { confidences } from '../confidence.ts';
import type { ChangeFact, Finding, Suspect, Symptom } from '../explanation.ts';
import type { Reason } from '../range/suspects.ts';
import type { Worse } from '../range/symptoms.ts';
import type { Vote } from '../range/votes.ts';
import type { Difference } from './profile.ts';

const mostTold = 8;

/** What speaks for a suspect. */
interface SideSources {
  readonly differences: readonly Difference[];
  readonly votes: readonly Vote[];
  readonly findings: readonly Finding[];
  readonly symptoms: readonly Symptom[];
  /** Changes shortly before the onset, by service: they add to a suspicion, and are never the whole of one. */
  readonly changes: ReadonlyMap<string, Reason>;
  readonly worse: readonly Worse[];
  /** The first side is quicker for its traces fail early: what it does not spend is nobody's doing. */
  readonly isCutShort: boolean;
}

/** Services by their part of the difference, by the shapes that only one side shows, and by what was changed in them. */
export function suspectsOf(sources: SideSources): readonly Suspect[] {
  const { differences, votes, findings, symptoms, changes, worse, isCutShort } = sources;
  const scores = new Map<string, number>();
  const add = (service: string, score: number): void => void scores.set(service, (scores.get(service) ?? 0) + score);
  for (const { service, share, badErrors, goodErrors } of differences) {
    const part = isCutShort ? 0 : Math.max(0, Math.min(1, share));
    add(service, 5 * part + 3 * Math.max(0, Math.min(1, badErrors - goodErrors)));
  }
  for (const { service, score } of votes) add(service, 6 * score);
  for (const [service, score] of scores) if (score > 0) add(service, changes.get(service)?.score ?? 0);
  const ranked = [...scores].filter(([, score]) => score >= 0.5).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sure = confidences(ranked.map(([, score]) => score));
  return ranked.slice(0, mostTold).map(([service, score], index): Suspect => ({
    kind: 'service',
    name: service,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence: sure[index]!,
    since: sinceOf(worse.filter((one) => one.service === service)),
    why: [
      ...findings.filter(({ culprit }) => culprit.service === service).map(({ title }) => title),
      ...symptoms.filter((symptom) => symptom.service === service).map(({ sentence }) => sentence),
      ...(changes.has(service) ? [changes.get(service)!.why] : []),
    ],
    evidence: symptoms.find((symptom) => symptom.service === service)?.evidence ?? [],
  }));
}

/** With what shows the changes that are blamed. */
export const withChanges = (suspects: readonly Suspect[], changes: readonly ChangeFact[]): readonly Suspect[] =>
  suspects.map((suspect) => ({
    ...suspect,
    evidence: [
      ...suspect.evidence,
      ...changes
        .filter(({ blamed, service }) => blamed && service === suspect.service)
        .flatMap(({ evidence }) => evidence),
    ],
  }));

/** The earliest beginning of what is worse. */
function sinceOf(own: readonly Worse[]): Suspect['since'] {
  const [first] = own.toSorted((a, b) => a.deviation.fromSeconds - b.deviation.fromSeconds);
  if (first === undefined) return null;
  const iso = (seconds: number): string => new Date(seconds * 1000).toISOString();
  const { fromSeconds, earliest, latest } = first.deviation;
  return { at: iso(fromSeconds), from: iso(earliest), to: iso(latest) };
}
