import type { Candidate } from './candidate.ts';
import { causeWeight } from './shapes/all-shapes.ts';

/** How much of the trace a failure that is explained counts as: about what all of its latency would. */
const failureImpact = 0.9;
const mostFindings = 10;

/** Findings by how well they explain the trace: cause rather than symptom, confidence, and the part that they explain. */
export function rank(candidates: readonly Candidate[]): readonly Candidate[] {
  return candidates
    .map((candidate) => ({ candidate, score: scoreOf(candidate) }))
    .sort((a, b) => b.score - a.score || (tieKey(a.candidate) < tieKey(b.candidate) ? -1 : 1))
    .slice(0, mostFindings)
    .map(({ candidate }) => candidate);
}

export function scoreOf(candidate: Candidate): number {
  const impact = Math.max(candidate.explains.percent / 100, candidate.explainsFailure ? failureImpact : 0);
  return causeWeight[candidate.id] * candidate.confidence * (0.1 + 0.9 * impact);
}

const tieKey = ({ id, culprit }: Candidate): string =>
  `${id} ${culprit.service} ${culprit.operation} ${culprit.spanId}`;
