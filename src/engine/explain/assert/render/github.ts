import { printable } from '../../../domain/printable.ts';
import { escapeData, escapeProperty } from '../../render/github.ts';
import type { AssertAnswer, AssertionAnswer } from '../answer.ts';
import { reasonsOf } from './junit.ts';
import { comparisonText, sourceText, totalText } from './wording.ts';

/** GitHub shows 10 annotations of a kind for a step. */
const mostAnnotations = 10;

/** Workflow commands: an error for each assertion that does not hold or could not be asked, and a notice of the total. */
export function renderAssertGithub(answer: AssertAnswer): string {
  const wrong = answer.assertions.filter(({ holds }) => holds !== true);
  const shown = wrong.slice(0, wrong.length > mostAnnotations ? mostAnnotations - 1 : mostAnnotations);
  const rest = wrong.length - shown.length;
  const total = [`${totalText(answer)}, ${sourceText(answer)}`, ...answer.notes];
  const lines = [
    ...shown.map((assertion) => annotation('error', titleOf(assertion), linesOf(assertion, answer))),
    ...(rest > 0 ? [annotation('error', 'obs assert', [`${rest} more that do not hold`])] : []),
    annotation('notice', 'obs assert', total),
  ];
  return `${lines.join('\n')}\n`;
}

const titleOf = ({ assertion, holds }: AssertionAnswer): string =>
  `${holds === null ? 'could not be asked' : 'does not hold'}: ${assertion}`;

const linesOf = (assertion: AssertionAnswer, answer: AssertAnswer): readonly string[] => [
  ...assertion.comparisons.map(comparisonText),
  ...reasonsOf(assertion, answer),
];

const annotation = (level: 'error' | 'notice', title: string, lines: readonly string[]): string =>
  `::${level} title=${escapeProperty(printable(title))}::${escapeData(lines.map(printable).join('\n'))}`;
