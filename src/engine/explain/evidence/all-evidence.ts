import type { Explanation } from '../explanation.ts';
import type { Evidence } from './evidence.ts';

/** A piece of evidence and the sentence of the answer that it stands for. */
export interface ClaimedEvidence {
  readonly evidence: Evidence;
  readonly of: string;
}

/** A sentence of an answer, and what it stands on. */
export interface Claim {
  readonly of: string;
  readonly evidence: readonly Evidence[];
}

/** Every piece of evidence of an answer once, in the order in which the answer is shown. */
export function allEvidence(explanation: Explanation): readonly ClaimedEvidence[] {
  const { suspects, without, symptoms, findings, attributes, changes, anomalies } = explanation;
  return eachOnce([
    ...suspects.map(({ name, why, evidence }) => ({ of: why[0] ?? name, evidence })),
    ...(without === null ? [] : [without]).map(({ sentence, evidence }) => ({ of: sentence, evidence })),
    ...symptoms.map(({ sentence, evidence }) => ({ of: sentence, evidence })),
    ...findings.map(({ title, evidence }) => ({ of: title, evidence })),
    ...attributes.map(({ sentence, evidence }) => ({ of: sentence, evidence })),
    ...changes.map(({ sentence, evidence }) => ({ of: sentence, evidence })),
    ...anomalies.map(({ sentence, evidence }) => ({ of: sentence, evidence })),
  ]);
}

/** The same statement may stand for several sentences: it is listed with the first. */
export function eachOnce(claims: readonly Claim[]): readonly ClaimedEvidence[] {
  const byId = new Map<string, ClaimedEvidence>();
  for (const { of, evidence } of claims) {
    for (const each of evidence) if (!byId.has(each.id)) byId.set(each.id, { evidence: each, of });
  }
  return [...byId.values()];
}
