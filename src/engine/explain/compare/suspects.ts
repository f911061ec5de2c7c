import { confidences } from '../confidence.ts';
import type { Finding, Suspect, Symptom } from '../explanation.ts';
import type { Vote } from '../range/votes.ts';
import type { Difference } from './profile.ts';

const mostTold = 8;

/** Services by their part of the difference, and by the shapes that only one side shows. */
export function suspectsOf(
  differences: readonly Difference[],
  votes: readonly Vote[],
  findings: readonly Finding[],
  symptoms: readonly Symptom[],
): readonly Suspect[] {
  const scores = new Map<string, number>();
  const add = (service: string, score: number): void => void scores.set(service, (scores.get(service) ?? 0) + score);
  for (const { service, share, badErrors, goodErrors } of differences) {
    add(service, 5 * Math.max(0, Math.min(1, share)) + 3 * Math.max(0, Math.min(1, badErrors - goodErrors)));
  }
  for (const { service, score } of votes) add(service, 6 * score);
  const ranked = [...scores].filter(([, score]) => score >= 0.5).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  const sure = confidences(ranked.map(([, score]) => score));
  return ranked.slice(0, mostTold).map(([service, score], index): Suspect => ({
    kind: 'service',
    name: service,
    service,
    score: Math.round(score * 1000) / 1000,
    confidence: sure[index]!,
    since: null,
    why: [
      ...findings.filter(({ culprit }) => culprit.service === service).map(({ title }) => title),
      ...symptoms.filter((symptom) => symptom.service === service).map(({ sentence }) => sentence),
    ],
    evidence: symptoms.find((symptom) => symptom.service === service)?.evidence ?? [],
  }));
}
