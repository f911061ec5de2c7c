import { printable } from '../../domain/printable.ts';
import { countText } from '../format.ts';
import { wrap } from '../render/columns.ts';
import { evidenceTable } from '../render/evidence-table.ts';
import type { Paint } from '../render/paint.ts';
import { type OneSide, type Recheck, resultOf } from './check.ts';
import type { FoundEvidence } from './look-up.ts';

interface Page {
  readonly width: number;
  readonly paint: Paint;
}

interface Checked {
  readonly each: FoundEvidence;
  readonly check: Recheck;
}

/** One in full; of several a line each, below their answer, and what is to be said of those that do not hold. */
export function renderChecks(checks: readonly Checked[], page: Page): string {
  const [first, ...others] = checks;
  if (first !== undefined && others.length === 0) return renderCheck(first.each, first.check, page);
  const byAnswer = Map.groupBy(checks, ({ each }) => each.answer);
  const parts = [...byAnswer].map(([answer, own]) => [
    ...wrap(printable(answerText(answer)), page.width),
    ...own.flatMap(({ each, check }) => shortLines(each, check, page)),
    '',
  ]);
  const holding = checks.filter(({ check }) => resultOf(check) === 'holds').length;
  const end = `${holding} of ${countText(checks.length, 'piece')} of evidence ${holding === 1 ? 'holds' : 'hold'}. Statement and rows of one: obs evidence ID`;
  return [...parts.flat(), ...wrap(end, page.width).map(page.paint.dim), ''].join('\n');
}

/** Below the titles of a list: a mark, an id of 10 digits and three spaces. */
const indent = ' '.repeat(14);

function shortLines({ evidence }: FoundEvidence, check: Recheck, { width, paint }: Page): readonly string[] {
  const isHolding = resultOf(check) === 'holds';
  const rows = isHolding ? ` (${countText(evidence.rows.length, 'row')})` : '';
  const tone = isHolding ? paint.good : paint.warning;
  return [
    ...wrap(`${printable(evidence.title)}${rows}`, width - indent.length).map((line, at) =>
      at === 0 ? `${tone(isHolding ? '✓' : '✗')} ${printable(evidence.id)}  ${line}` : `${indent}${line}`,
    ),
    ...(isHolding ? [] : resultLines(check, width - indent.length, paint).map((line) => `${indent}${line}`)),
  ];
}

const answerText = ({ keptAtMs, sentence }: FoundEvidence['answer']): string =>
  keptAtMs === null ? sentence : `${new Date(keptAtMs).toISOString().slice(0, 19).replace('T', ' ')} UTC: ${sentence}`;

/** What a piece of evidence is, its statement, and whether it still holds. */
export function renderCheck({ evidence, of, answer }: FoundEvidence, check: Recheck, { width, paint }: Page): string {
  return [
    ...wrap(`${printable(evidence.id)}  ${printable(evidence.title)}`, width).map(paint.accent),
    ...labelled('for', of, width),
    ...labelled('in', answerText(answer), width),
    '',
    ...evidence.sql.split('\n').map((line) => paint.dim(`  ${printable(line)}`)),
    '',
    ...resultLines(check, width, paint),
    '',
  ].join('\n');
}

const labelled = (label: string, text: string, width: number): readonly string[] =>
  wrap(printable(text), width - 5).map((line, at) => `${(at === 0 ? label : '').padEnd(5)}${line}`);

function resultLines(check: Recheck, width: number, paint: Paint): readonly string[] {
  if ('gone' in check) return wrap(`Gone: ${printable(check.gone)}.`, width).map(paint.error);
  if ('unchecked' in check) return wrap(`Could not be checked: ${printable(check.unchecked)}.`, width).map(paint.error);
  if (check.holds) return [paint.good(`Holds: ${countText(check.rows, 'row')}, the same as then.`)];
  const { rowsBefore, rowsNow, onlyBefore, onlyNow } = check.differences;
  return [
    paint.warning(`Differs: ${countText(rowsBefore, 'row')} then, ${rowsNow.toLocaleString('en-US')} now.`),
    ...sideLines('Only then', onlyBefore, width, paint),
    ...sideLines('Only now', onlyNow, width, paint),
  ];
}

function sideLines(title: string, { count, first }: OneSide, width: number, paint: Paint): readonly string[] {
  if (count === 0) return [];
  const rest = count - first.length;
  return [
    `${title} (${countText(count, 'row')}):`,
    ...evidenceTable(first, width - 2, 'all').map((line) => `  ${line}`),
    ...(rest > 0 ? [paint.dim(`  … and ${countText(rest, 'more row')}`)] : []),
  ];
}

/** The same as `--json` prints it. */
export const checkJson = ({ evidence, of, answer }: FoundEvidence, check: Recheck): object => ({
  ...check,
  result: resultOf(check),
  title: evidence.title,
  for: of,
  verdict: answer.sentence,
  answeredAt: answer.keptAtMs === null ? null : new Date(answer.keptAtMs).toISOString(),
  sql: evidence.sql,
});
