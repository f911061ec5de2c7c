import { printable } from '../../../domain/printable.ts';
import { wrap } from '../../render/columns.ts';
import type { Paint } from '../../render/paint.ts';
import type { AssertAnswer, AssertionAnswer, Because, ComparisonAnswer } from '../answer.ts';
import { pointAt } from '../language/mistake.ts';
import {
  becauseHeading,
  becauseLines,
  comparisonText,
  markOf,
  oneComparison,
  sourceText,
  tellTraces,
  totalText,
} from './wording.ts';

/** Each assertion with its values, then why, within `width` cells; commands to type are never broken. */
export function renderAssertText(
  answer: AssertAnswer,
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string {
  const cells = Math.max(60, width);
  const told = new Set<string>();
  const lines = [
    ...answer.assertions.flatMap((assertion) => assertionLines(assertion, cells, paint)),
    ...answer.notes.flatMap((note) => wrap(`Note: ${printable(note)}`, cells)),
    '',
    ...wrap(`${totalText(answer)} · ${sourceText(answer)}`, cells).map(paint.dim),
    ...answer.because.flatMap((because) => ['', ...becausePart(because, told, cells, paint)]),
  ];
  return `${lines.join('\n')}\n`;
}

function assertionLines(assertion: AssertionAnswer, cells: number, paint: Paint): string[] {
  const only = oneComparison(assertion);
  // Below a `not` the comparison is the other way round.
  if (only !== undefined && only.holds === assertion.holds) return comparisonLines(only, assertion, '', cells, paint);
  return [
    ...marked(assertion.holds, assertion.assertion, '', cells, paint),
    ...assertion.comparisons.flatMap((each) => comparisonLines(each, assertion, '  ', cells, paint)),
  ];
}

function comparisonLines(
  comparison: ComparisonAnswer,
  { assertion }: AssertionAnswer,
  indent: string,
  cells: number,
  paint: Paint,
): string[] {
  const { problem } = comparison;
  const lines = marked(comparison.holds, comparisonText(comparison), indent, cells, paint);
  if (problem === null) return lines;
  return [...lines, ...pointAt(assertion, problem).map((line) => paint.dim(`${indent}    ${line}`))];
}

function marked(holds: boolean | null, text: string, indent: string, cells: number, paint: Paint): string[] {
  const tone = holds === null ? paint.warning : holds ? paint.good : paint.error;
  return wrap(printable(text), cells - 2, indent).map((line, at) =>
    at === 0 ? `${indent}${tone(markOf(holds))} ${line.slice(indent.length)}` : `  ${line}`,
  );
}

function becausePart(because: Because, told: Set<string>, cells: number, paint: Paint): string[] {
  return [
    ...wrap(printable(becauseHeading(because)), cells).map(paint.accent),
    ...becauseLines(because).flatMap((line) => wrap(line, cells, '  ')),
    ...tellTraces(because.traces, told).flatMap(({ sentences, commands }) => [
      ...sentences.flatMap((sentence) => wrap(printable(sentence), cells, '  ')),
      ...commands.map((command) => `  ${command}`),
    ]),
  ];
}
