import { shortNumber } from '../files/plot.ts';
import { renderTable } from '../../search/render-table.ts';
import type { Outlook, Verdict } from './capacity/outlook.ts';
import type { Outlooks } from './outlooks.ts';
import { percentText, spanText, whenText } from './words.ts';

const verdicts: Readonly<Record<Verdict, string>> = {
  reached: 'reached',
  lasting: 'for good',
  season: 'peak of its season',
  unclear: 'too young to tell from a season',
  none: 'perhaps',
  deadline: 'deadline',
};

/** What will be reached as a table, then in a line what was looked at and found well. */
export function renderOutlooks({ nowMs, pressing, calm, tooShort, leftOut, earlier }: Outlooks, width: number): string {
  const lines: string[] = [];
  if (pressing.length > 0) {
    const columns = ['what', 'now', 'of', 'earliest', 'likely', 'latest', 'how sure', 'how'].map((name) => ({
      name,
      type: 'String',
    }));
    lines.push(
      renderTable(
        columns,
        pressing.map((outlook) => row(outlook, nowMs)),
        width,
      ).trimEnd(),
    );
  }
  const looked = pressing.length + calm.length;
  if (looked === 0) lines.push(nothing);
  else if (pressing.length === 0) lines.push(`Nothing of ${looked} looks as if it will be used up.`);
  else lines.push(`${calm.length} more ${calm.length === 1 ? 'looks' : 'look'} well.`);
  if (tooShort.length > 0)
    lines.push(`Too young to forecast: ${tooShort.slice(0, 5).join(', ')}${tooShort.length > 5 ? ' …' : ''}`);
  if (leftOut > 0) lines.push(`${leftOut} series were left out: no more are looked at at once.`);
  const { right, wrong, untold } = earlier;
  if (right + wrong > 0) {
    lines.push(
      `Earlier predictions, 7 days: ${right} right, ${wrong} wrong${untold === 0 ? '' : `, ${untold} that nobody can tell`}.`,
    );
  }
  return `${lines.join('\n')}\n`;
}

const nothing = `There is nothing that could be used up: no metric of disks, memory, pools, queues or deadlines that obs knows by
OpenTelemetry's conventions, and no objective in obs.yaml. A series of your own: obs forecast --metric NAME --above 95`;

function row(outlook: Outlook, nowMs: number): readonly string[] {
  const { title, verdict, earliestMs, likelyMs, latestMs, probability } = outlook;
  const isSure = verdict === 'deadline' || verdict === 'reached';
  return [
    title,
    amount(outlook, outlook.now),
    outlook.kind === 'deadline' ? '' : amount(outlook, outlook.threshold),
    isSure ? '' : whenText(earliestMs, nowMs),
    whenText(likelyMs, nowMs),
    isSure ? '' : whenText(latestMs, nowMs),
    isSure ? '' : sureText(probability),
    verdicts[verdict],
  ];
}

/** A forecast is never quite sure. */
const sureText = (probability: number): string => (probability > 0.99 ? '> 99 %' : percentText(probability));

function amount({ kind, name }: Outlook, value: number): string {
  if (kind === 'deadline') return value <= 0 ? 'over' : `${spanText(value)} left`;
  return name.feature === 'length' ? shortNumber(value) : percentText(value, value < 0.1 ? 1 : 0);
}
