import { renderTable } from '../../search/render-table.ts';
import type { ObjectiveReport } from './objectives/objective-report.ts';
import { percentText, spanText, whenText } from './words.ts';

/** Objectives as a table, then what a person should know of some of them. */
export function renderObjectives(reports: readonly ObjectiveReport[], nowMs: number, width: number): string {
  if (reports.length === 0) return noObjectives;
  const names = [
    'objective',
    'target',
    'good',
    'budget left',
    '1 h/5 min',
    '6 h/30 min',
    '3 d/6 h',
    'gone: earliest',
    'likely',
    'latest',
    '',
  ];
  const known = reports.filter(({ unknown }) => unknown === null);
  const columns = names.map((name) => ({ name, type: 'String' }));
  const table =
    known.length === 0
      ? ''
      : renderTable(
          columns,
          known.map((report) => row(report, nowMs)),
          width,
        );
  return `${table}${reports.flatMap(notesOf).join('\n')}`.trimEnd() + '\n';
}

function row(report: ObjectiveReport, nowMs: number): readonly string[] {
  const { objective, goodShare, spent, windows, end, burning } = report;
  const { target } = objective;
  const digits = Math.min(4, Math.max(1, Math.ceil(-Math.log10(1 - target)) - 1));
  return [
    objective.name,
    percentText(target, digits),
    goodShare === null ? '–' : percentText(goodShare, digits + 1),
    spent > 1 ? `none (${spent.toFixed(1)}× spent)` : percentText(1 - spent),
    ...windows.map(({ long, short, isBurning }) => `${rate(long)}/${rate(short)}${isBurning ? ' !' : ''}`),
    ...(end === null
      ? ['–', '–', '–']
      : end.kind === 'spent'
        ? ['', 'now', '']
        : [whenText(end.earliestMs, nowMs), whenText(end.likelyMs, nowMs), whenText(end.latestMs, nowMs)]),
    burning === null ? '' : burning === 'critical' ? 'burns fast' : 'burns',
  ];
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
