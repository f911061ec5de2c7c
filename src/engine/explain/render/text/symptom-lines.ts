import stringWidth from 'string-width';
import { printable } from '../../../domain/printable.ts';
import type { Explanation, Symptom } from '../../explanation.ts';
import { countText } from '../../format.ts';
import { cut, padEnd, padStart, wrap } from '../columns.ts';
import { clockText, spreadOf, symptomWords } from '../wording.ts';
import type { Page } from './lines.ts';

const shownFirst = 4;

/** From the first domino to what customers feel: the way through the services, and each operation's change. */
export function symptomLines(explanation: Explanation, page: Page): readonly string[] {
  const symptoms = untold(explanation);
  if (symptoms.length === 0) return [];
  const way = spreadOf(explanation);
  // The last is nearest to customers.
  const shown = symptoms.length <= shownFirst + 1 ? symptoms : [...symptoms.slice(0, shownFirst), symptoms.at(-1)!];
  const hidden = symptoms.length - shown.length;
  const rows = table(shown, explanation, page);
  const more = page.paint.dim(`  … ${countText(hidden, 'more operation')}`);
  return [
    ...(way.length < 2 ? [] : wrap(wayText(way), page.cells, '  ')),
    ...(hidden === 0 ? rows : [...rows.slice(0, shownFirst), more, ...rows.slice(shownFirst)]),
  ];
}

/** Of a trace the verdict begins with how long its root took, and what is usual. */
const untold = ({ symptoms, trace, question }: Explanation): readonly Symptom[] =>
  question.ask !== 'trace'
    ? symptoms
    : symptoms.filter(
        ({ service, operation, what }) =>
          what !== 'duration' || service !== trace?.root.service || operation !== trace.root.operation,
      );

const mostOfTheWay = 6;

function wayText(way: readonly string[]): string {
  const shown = way.length <= mostOfTheWay ? way : [...way.slice(0, mostOfTheWay - 2), '…', way.at(-1)!];
  return shown.join(' → ');
}

function table(symptoms: readonly Symptom[], explanation: Explanation, { cells, paint }: Page): readonly string[] {
  const { scope } = explanation;
  const isOfTrace = explanation.question.ask === 'trace';
  const rows = symptoms.map((symptom) => {
    const { what, usual, present } = symptomWords(symptom, explanation);
    const { calls, failed, since } = symptom;
    return {
      name: `${printable(symptom.service)} ${printable(symptom.operation)}`,
      what,
      usual: usual ?? '?',
      present,
      calls: isOfTrace
        ? calls > 1 && symptom.what === 'duration'
          ? countText(calls, 'call')
          : ''
        : calls === 0
          ? ''
          : `${failed} of ${calls.toLocaleString('en-US')} failed`,
      // That of a trace is said with what was looked at.
      since: since === null || isOfTrace ? '' : `since ${clockText(since, scope)}`,
    };
  });
  type Column = keyof (typeof rows)[number];
  const widest = (column: Column): number => Math.max(...rows.map((row) => stringWidth(row[column])));
  const rest = 2 + 2 + widest('what') + 1 + widest('usual') + 3 + widest('present') + 2 + widest('since');
  const withCalls = cells - rest - 2 - widest('calls') >= 30;
  const nameCells = Math.max(10, Math.min(widest('name'), cells - rest - (withCalls ? 2 + widest('calls') : 0)));
  return rows.map((row) => {
    const change = `${padStart(row.usual, widest('usual'))} → ${padEnd(row.present, widest('present'))}`;
    const calls = withCalls ? `  ${padEnd(row.calls, widest('calls'))}` : '';
    const text = `  ${padEnd(row.name, nameCells)}  ${padEnd(row.what, widest('what'))} ${change}`;
    return `${cut(text, cells)}${paint.dim(`${calls}  ${row.since}`.trimEnd())}`.trimEnd();
  });
}
