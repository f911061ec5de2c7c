import type { Finding, Suspect, Verdict } from '../explanation.ts';
import type { Difference } from './profile.ts';

/** @param sentence both sides in one, and most of their difference */
export function verdictOf(
  sentence: string,
  suspects: readonly Suspect[],
  findings: readonly Finding[],
  first: Difference | undefined,
): Verdict {
  const [suspect] = suspects;
  if (suspect === undefined) return { sentence, finding: null, culprit: null, severity: null, confidence: 0 };
  const finding = findings.find(({ culprit }) => culprit.service === suspect.service);
  const operation = first?.service === suspect.service ? first.operation : '';
  return {
    sentence: finding === undefined ? sentence : `${sentence} Why: ${finding.title}.`,
    finding: finding?.id ?? null,
    culprit: finding?.culprit ?? { service: suspect.service, operation, spanId: '' },
    severity: finding?.severity ?? 'info',
    confidence: suspect.confidence,
  };
}
