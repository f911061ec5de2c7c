import { severities, type Explanation, type Severity } from './explanation.ts';

/** Whether anything at least as severe was found. */
export const hasFinding = ({ findings }: Pick<Explanation, 'findings'>, least: Severity): boolean =>
  findings.some(({ severity }) => severities.indexOf(severity) >= severities.indexOf(least));
