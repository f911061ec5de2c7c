import { printable } from '../../../domain/printable.ts';
import type { Explanation } from '../../explanation.ts';
import { percentText } from '../../format.ts';
import { wrap, wrapParts } from '../columns.ts';
import {
  alternatives,
  checkText,
  clockText,
  confidenceText,
  culpritText,
  beyond,
  scopeParts,
  suspectName,
} from '../wording.ts';
import { bullet, paintOf, type Page } from './lines.ts';
import { evidenceIds } from './evidence-lines.ts';

const mostReasons = 3;

/** What, how sure, what else, what would have been without it, and what was looked at. */
export function verdictLines(explanation: Explanation, page: Page): readonly string[] {
  const { verdict } = explanation;
  const { cells, paint } = page;
  const sentence = printable(verdict.sentence);
  // The first sentence says what happened, the rest why.
  const [what, why] = sentence.split(/ (?=Why: |Most likely: )/, 2) as [string, string?];
  const tone = verdict.severity === null ? paint.good : paintOf(verdict.severity, paint);
  return [
    ...wrap(what, cells).map(tone),
    ...(why === undefined ? [] : wrap(why, cells)),
    ...sureLines(explanation, page),
    ...withoutLines(explanation, page),
    ...wrapParts(scopeParts(explanation), cells).map(paint.dim),
    ...reasonLines(explanation, page),
  ];
}

/** "Very likely (86 %). Also possible: cart (9 %), host db-2 (3 %)." */
function sureLines(explanation: Explanation, { cells }: Page): readonly string[] {
  const { culprit } = explanation.verdict;
  const sure = confidenceText(explanation.verdict);
  const others = alternatives(explanation).map(
    (suspect) => `${suspectName(suspect)} (${percentText(suspect.confidence * 100)})`,
  );
  const parts = [
    ...(sure === null ? [] : [`${sure}${culprit === null ? '' : `: ${culpritText(culprit)}`}.`]),
    ...(others.length === 0 ? [] : [`Also possible: ${others.join(', ')}.`]),
  ];
  return parts.length === 0 ? [] : wrap(parts.join(' '), cells);
}

function withoutLines({ without }: Explanation, { cells, paint }: Page): readonly string[] {
  if (without === null) return [];
  const { check } = without;
  const tone = check?.holds === false ? paint.warning : (line: string): string => line;
  return [...wrap(printable(without.sentence), cells), ...wrap(checkText(without), cells).map(tone)];
}

/** Why the first suspect, where the findings do not say so anyway. */
function reasonLines({ suspects, findings, verdict, scope }: Explanation, page: Page): readonly string[] {
  const [first] = suspects;
  if (first === undefined) return [];
  const told = [verdict.sentence, ...findings.map(({ title }) => title)];
  const reasons = beyond(first.why, told).slice(0, mostReasons);
  if (reasons.length === 0) return [];
  const since =
    first.since === null || scope.onset?.at === first.since.at
      ? ''
      : ` since ${clockText(first.since.at, scope)} (${clockText(first.since.from, scope)}–${clockText(first.since.to, scope)})`;
  return [
    '',
    ...wrap(`Why ${suspectName(first)}${since}`, page.cells).map(page.paint.accent),
    ...reasons.flatMap((reason) => bullet(printable(reason), page.cells)),
    ...evidenceIds(first.evidence, page),
  ];
}
