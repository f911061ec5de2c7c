import { severities, type Explanation, type Severity } from './explanation.ts';

/** From which finding on an answer counts as bad (exit code, failed cases of JUnit): a severity, or `error` for anything that failed. */
export const failLevels = ['info', 'warning', 'error', 'critical'] as const;
export type FailLevel = (typeof failLevels)[number];
/** Where no level is given. `info` would fail a job for hints: what might be better, what is not instrumented. */
export const defaultFailLevel: FailLevel = 'warning';

type Judged = Pick<Explanation, 'findings' | 'verdict' | 'symptoms' | 'errors'>;

/** Whether the answer holds anything at least as bad. */
export function failsOn(explanation: Judged, level: FailLevel): boolean {
  if (level === 'error') return hasFailures(explanation) || isAsSevere(explanation, 'critical');
  return isAsSevere(explanation, level);
}

/** Calls that failed where that is not usual, or a trace that did. */
const hasFailures = ({ symptoms, errors, findings }: Judged): boolean =>
  symptoms.some(({ what, usual, present }) => what === 'errors' && present > (usual ?? 0)) ||
  errors?.reachedRoot === true ||
  findings.some(({ id, severity }) => id.startsWith('error-') && severity !== 'info');

function isAsSevere({ findings, verdict }: Judged, least: Severity): boolean {
  const all = [...findings.map(({ severity }) => severity), ...(verdict.severity === null ? [] : [verdict.severity])];
  return all.some((severity) => severities.indexOf(severity) >= severities.indexOf(least));
}
