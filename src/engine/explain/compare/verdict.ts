import type { Finding, Suspect, Verdict } from '../explanation.ts';
import type { Comparison } from './comparison.ts';
import { comparisonSentence, notWorseText } from './words.ts';
import type { Judgement } from './worse.ts';

/** @param sentence both sides in one, and most of their difference, unless there is more to say */
export function verdictOf(
  compared: Comparison,
  suspects: readonly Suspect[],
  findings: readonly Finding[],
  sentence: string = comparisonSentence(compared),
): Verdict {
  const [suspect] = suspects;
  if (suspect === undefined) return { sentence, finding: null, culprit: null, severity: null, confidence: 0 };
  const finding = findings.find(({ culprit }) => culprit.service === suspect.service);
  const [first] = compared.differences;
  const operation = first?.service === suspect.service ? first.operation : '';
  return {
    sentence: finding === undefined ? sentence : `${sentence} Why: ${finding.title}.`,
    finding: finding?.id ?? null,
    culprit: finding?.culprit ?? { service: suspect.service, operation, spanId: '' },
    severity: finding?.severity ?? 'info',
    confidence: suspect.confidence,
  };
}

/** Of a first side that is not worse it says so, and names nobody. */
export const verdictOfSides = (
  compared: Comparison,
  judgement: Judgement,
  suspects: readonly Suspect[],
  findings: readonly Finding[],
): Verdict =>
  judgement === 'worse'
    ? verdictOf(compared, suspects, findings)
    : verdictOf(compared, [], [], notWorseText(compared, judgement));
