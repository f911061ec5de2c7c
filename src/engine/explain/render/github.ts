import { severities, type Explanation, type Severity } from '../explanation.ts';
import { countText } from '../format.ts';
import { problemsOf, type Problem } from './problems.ts';
import { questionText } from './wording.ts';

const commands: Readonly<Record<Severity, string>> = { critical: 'error', warning: 'warning', info: 'notice' };

/** GitHub shows 10 annotations of a kind for a step. */
const mostOfAKind = 10;

/**
 * Workflow commands of GitHub Actions that annotate a run: one line each. Escaped as the runner reads them back
 * (`toolkit/packages/core/src/command.ts`), so that telemetry can neither end a command nor begin another.
 */
export function renderGithub(explanation: Explanation): string {
  const problems = problemsOf(explanation);
  const lines = severities.toReversed().flatMap((severity) => {
    const alike = problems.filter((problem) => problem.severity === severity);
    const shown = alike.slice(0, alike.length > mostOfAKind ? mostOfAKind - 1 : mostOfAKind);
    const rest = alike.length - shown.length;
    return [
      ...shown.map((problem) => commandLine(severity, headingOf(problem, explanation), problem.details)),
      ...(rest === 0 ? [] : [commandLine(severity, 'obs explain', [`${countText(rest, 'more', 'more')} like these`])]),
    ];
  });
  return `${lines.join('\n')}\n`;
}

const headingOf = ({ kind, title }: Problem, explanation: Explanation): string =>
  kind === 'verdict' ? `obs explain: ${questionText(explanation)}` : title;

const commandLine = (severity: Severity, title: string, lines: readonly string[]): string =>
  `::${commands[severity]} title=${escapeProperty(title)}::${escapeData(lines.join('\n'))}`;

export const escapeData = (text: string): string =>
  text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');

export const escapeProperty = (text: string): string => escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
