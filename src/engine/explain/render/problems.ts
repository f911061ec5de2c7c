import { printable } from '../../domain/printable.ts';
import { severities, type Explanation, type Finding, type Severity } from '../explanation.ts';
import { durationText, percentText } from '../format.ts';
import { failsOn, type FailLevel } from '../severity.ts';
import { alternatives, beyond, confidenceText, culpritText, nameOf, severityOf, suspectName } from './wording.ts';

/** One thing that an answer holds against the system, as CI lists them. */
export interface Problem {
  readonly kind: 'verdict' | 'finding' | 'symptom';
  readonly severity: Severity;
  /** The service that it is about; empty where the answer names none. */
  readonly service: string;
  readonly title: string;
  /** Lines. */
  readonly details: readonly string[];
  /** About calls that failed, not about slow ones. */
  readonly isFailure: boolean;
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
      isFailure: explanation.errors?.reachedRoot === true,
      details: [
        printable(verdict.sentence),
        ...(verdict.severity === null || sure === null
          ? []
          : [`${sure}${verdict.culprit === null ? '' : `: ${culpritText(verdict.culprit)}`}`]),
        ...others,
        ...(without === null ? [] : [printable(without.sentence)]),
      ],
    },
    ...findings.map(({ id, severity, culprit, title, sentences, explains }): Problem => ({
      kind: 'finding',
      severity,
      service: printable(culprit.service),
      title: printable(title),
      isFailure: id.startsWith('error-'),
      details: [nameOf(culprit), ...beyond(sentences, explainedBy(explains)).map(printable), ...explainedBy(explains)],
    })),
    ...symptoms.map((symptom): Problem => ({
      kind: 'symptom',
      severity: severityOf(verdict),
      service: printable(symptom.service),
      title: nameOf(symptom),
      isFailure: symptom.what === 'errors',
      details: [printable(symptom.sentence)],
    })),
  ];
}

const explainedBy = ({ ms, percent }: Finding['explains']): readonly string[] =>
  ms > 0 ? [`It explains ${durationText(ms)} (${percentText(percent)}) of the trace.`] : [];

/** Those that a test fails for which allows nothing of `level` or worse: none when the answer as a whole passes. */
export function failing(
  explanation: Explanation,
  problems: readonly Problem[],
  level: FailLevel,
): ReadonlySet<Problem> {
  if (!failsOn(explanation, level)) return new Set();
  return new Set(problems.filter((problem) => problem.kind === 'verdict' || isAsBad(problem, level)));
}

const isAsBad = ({ severity, isFailure }: Problem, level: FailLevel): boolean =>
  level === 'error' ? isFailure || severity === 'critical' : severities.indexOf(severity) >= severities.indexOf(level);
