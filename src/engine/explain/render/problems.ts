import { printable } from '../../domain/printable.ts';
import { severities, type Explanation, type Severity } from '../explanation.ts';
import { durationText, percentText } from '../format.ts';
import { alternatives, confidenceText, culpritText, nameOf, severityOf, suspectName } from './wording.ts';

/** One thing that an answer holds against the system, as CI lists them. */
export interface Problem {
  readonly kind: 'verdict' | 'finding' | 'symptom';
  readonly severity: Severity;
  /** The service that it is about; empty where the answer names none. */
  readonly service: string;
  readonly title: string;
  /** Lines. */
  readonly details: readonly string[];
}

/**
 * The verdict, the findings and the symptoms, each as one thing. A symptom has no severity of its own: it is as severe
 * as the verdict that it belongs to.
 */
export function problemsOf(explanation: Explanation): readonly [Problem, ...Problem[]] {
  const { verdict, suspects, without, findings, symptoms } = explanation;
  const others = alternatives(explanation).map(
    (suspect) => `Also possible: ${suspectName(suspect)} (${percentText(suspect.confidence * 100)})`,
  );
  const sure = confidenceText(verdict);
  return [
    {
      kind: 'verdict',
      severity: severityOf(verdict),
      service: printable(verdict.culprit?.service ?? suspects[0]?.service ?? ''),
      title: verdict.severity === null ? 'Nothing unusual' : 'Most likely cause',
      details: [
        printable(verdict.sentence),
        ...(verdict.severity === null || sure === null
          ? []
          : [`${sure}${verdict.culprit === null ? '' : `: ${culpritText(verdict.culprit)}`}`]),
        ...others,
        ...(without === null ? [] : [printable(without.sentence)]),
      ],
    },
    ...findings.map(({ severity, culprit, title, sentences, explains }): Problem => ({
      kind: 'finding',
      severity,
      service: printable(culprit.service),
      title: printable(title),
      details: [
        nameOf(culprit),
        ...sentences.map(printable),
        ...(explains.ms > 0 ? [`Explains ${durationText(explains.ms)} (${percentText(explains.percent)})`] : []),
      ],
    })),
    ...symptoms.map((symptom): Problem => ({
      kind: 'symptom',
      severity: severityOf(verdict),
      service: printable(symptom.service),
      title: nameOf(symptom),
      details: [printable(symptom.sentence)],
    })),
  ];
}

export const isAtLeast = (severity: Severity, least: Severity): boolean =>
  severities.indexOf(severity) >= severities.indexOf(least);
