import { toldTable } from '../files/told-table.ts';
import { wrapped } from '../incidents/wrap.ts';
import type { ObjectiveReport } from './objectives/objective-report.ts';
import { percentText, spanText, whenText } from './words.ts';

/** Objectives as a table of which each row is followed by its burn rates and end; then what a person should know of some. */
export function renderObjectives(reports: readonly ObjectiveReport[], nowMs: number, width: number): string {
  if (reports.length === 0) return noObjectives;
  const columns = ['objective', 'target', 'good', 'budget left', 'gone', ''].map((name) => ({ name, type: 'String' }));
  const rows = reports
    .filter(({ unknown }) => unknown === null)
    .map((report) => ({ cells: cellsOf(report, nowMs), told: [burnText(report), ...endText(report, nowMs)] }));
  const notes = reports.flatMap(notesOf).flatMap((note) => wrapped(note, width));
  return `${rows.length === 0 ? '' : toldTable(columns, rows, width)}${notes.join('\n')}`.trimEnd() + '\n';
}

function cellsOf({ objective, goodShare, spent, end, burning }: ObjectiveReport, nowMs: number): readonly string[] {
  const { target } = objective;
  const digits = Math.min(4, Math.max(1, Math.ceil(-Math.log10(1 - target)) - 1));
  return [
    objective.name,
    percentText(target, digits),
    goodShare === null ? '–' : percentText(goodShare, digits + 1),
    spent > 1 ? `none (${spent.toFixed(1)}× spent)` : percentText(1 - spent),
    end === null ? '–' : end.kind === 'spent' ? 'now' : whenText(end.likelyMs, nowMs),
    burning === null ? '' : burning === 'critical' ? 'burns fast' : 'burns',
  ];
}

const windowNames = ['1 h/5 min', '6 h/30 min', '3 d/6 h'];

const burnText = ({ windows }: ObjectiveReport): string => {
  const rates = windows.map(
    ({ long, short, isBurning }, index) => `${windowNames[index]} ${rate(long)}/${rate(short)}${isBurning ? ' !' : ''}`,
  );
  return `burn rate ${rates.join(', ')}`;
};

/** Earliest and latest; nothing of a budget that is spent, or that is not told. */
function endText({ end }: ObjectiveReport, nowMs: number): readonly string[] {
  if (end === null) return ['too young to tell when the budget is gone'];
  if (end.kind === 'spent' || end.earliestMs === null) return [];
  const latest = end.latestMs === null ? 'perhaps never' : `at the latest ${whenText(end.latestMs, nowMs)}`;
  return [`gone at the earliest ${whenText(end.earliestMs, nowMs)}, ${latest}`];
}

const rate = (value: number | null): string => (value === null ? '–' : Number(value.toPrecision(2)).toString());

function notesOf({ objective, unknown, seenMs, calls, bad, badLow, badHigh }: ObjectiveReport): readonly string[] {
  const { name, days, latencyMs } = objective;
  if (unknown !== null) return [`${name}: ${unknown}`];
  const notes: string[] = [];
  const periodMs = days * 86_400_000;
  if (seenMs < 0.95 * periodMs) {
    notes.push(`${name}: of ${days} d there are calls of ${spanText(seenMs)}; the rest counts as without a bad call`);
  }
  if (latencyMs !== null && badHigh - badLow > 0.2 * bad && calls > 0) {
    notes.push(
      `${name}: between ${Math.round(badLow)} and ${Math.round(badHigh)} bad calls: how many of the failed ones were also slow is not kept`,
    );
  }
  return notes;
}

/** What to write where there is no objective yet. */
const noObjectives = `No objective is set. Write into obs.yaml of this folder, for example:

slo:
  - name: checkout works
    service: checkout
    target: 0.999        # of all calls, over 30 days
  - name: paying is fast
    service: checkout
    operation: POST /pay
    target: 0.99
    latencyMs: 300       # good: no error, and within 300 ms
    days: 7
`;
