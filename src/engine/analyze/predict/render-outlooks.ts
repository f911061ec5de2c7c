import { shortNumber } from '../files/plot.ts';
import { toldTable } from '../files/told-table.ts';
import { printable } from '../../domain/printable.ts';
import { wrapped } from '../incidents/wrap.ts';
import type { Outlook, Verdict } from './capacity/outlook.ts';
import { tooYoung, type Outlooks } from './outlooks.ts';
import { percentText, spanText, whenText } from './words.ts';

const verdicts: Readonly<Record<Verdict, string>> = {
  reached: 'reached',
  lasting: 'for good',
  season: 'peak of its season',
  unclear: 'too young to tell from a season',
  none: 'perhaps',
  deadline: 'deadline',
};

/** What will be reached as a table of two lines a row, then what was looked at and found well, and what cannot be told. */
export function renderOutlooks(outlooks: Outlooks, width: number): string {
  const { nowMs, pressing, calm } = outlooks;
  const columns = ['what', 'now', 'of', 'likely', 'how sure'].map((name) => ({ name, type: 'String' }));
  const rows = pressing.map((outlook) => ({ cells: cellsOf(outlook, nowMs), told: [told(outlook, nowMs)] }));
  const looked = pressing.length + calm.length;
  const summary =
    looked === 0
      ? nothingToTell(outlooks)
      : pressing.length === 0
        ? `Nothing of ${looked} looks as if it will be used up.`
        : `${calm.length} more ${calm.length === 1 ? 'looks' : 'look'} well.`;
  const sentences = [summary, ...notLookedAt(outlooks), ...earlierText(outlooks.earlier)];
  const lines = sentences.flatMap((sentence) => wrapped(sentence, width));
  return `${rows.length === 0 ? '' : toldTable(columns, rows, width)}${lines.join('\n')}\n`;
}

const ownSeries = 'A series of your own: obs forecast --metric NAME --above 95';

function nothingToTell({ ended, tooShort, objectives }: Outlooks): string {
  const isKnown = ended.length + tooShort.length > 0;
  const parts = [
    ...(isKnown ? [] : ["no metric of disks, memory, pools, queues or deadlines by OpenTelemetry's conventions"]),
    ...(objectives === 0 ? ['no objective in obs.yaml'] : []),
  ];
  const why = parts.length === 0 ? '' : `: there is ${parts.join(', and ')}`;
  return `There is nothing that can be forecast${why}. ${ownSeries}`;
}

function notLookedAt({ ended, tooShort, untold, leftOut }: Outlooks): readonly string[] {
  const young = untold.filter(({ why }) => why === tooYoung).map(({ objective }) => objective);
  return [
    ...(ended.length === 0 ? [] : [`${ended.length} series ended: ${someOf(ended)}`]),
    ...(tooShort.length === 0 ? [] : [`${tooShort.length} series too young to tell: ${someOf(tooShort)}`]),
    ...(young.length === 0
      ? []
      : [`${young.length} ${young.length === 1 ? 'objective' : 'objectives'} too young to tell: ${someOf(young)}`]),
    ...untold.filter(({ why }) => why !== tooYoung).map(({ objective, why }) => `objective ${objective}: ${why}`),
    ...(leftOut === 0 ? [] : [`${leftOut} series were left out: no more are looked at at once.`]),
  ];
}

const mostNamed = 5;
const someOf = (names: readonly string[]): string =>
  `${names.slice(0, mostNamed).map(printable).join(', ')}${names.length > mostNamed ? ' …' : ''}`;

function earlierText({ right, wrong, untold }: Outlooks['earlier']): readonly string[] {
  if (right + wrong === 0) return [];
  const unknown = untold === 0 ? '' : `, ${untold} that nobody can tell`;
  return [`Earlier predictions, 7 days: ${right} right, ${wrong} wrong${unknown}.`];
}

function cellsOf(outlook: Outlook, nowMs: number): readonly string[] {
  const { title, likelyMs, probability } = outlook;
  return [
    title,
    amount(outlook, outlook.now),
    outlook.kind === 'deadline' ? '' : amount(outlook, outlook.threshold),
    whenText(likelyMs, nowMs),
    isSure(outlook) ? '' : sureText(probability),
  ];
}

const isSure = ({ verdict }: Outlook): boolean => verdict === 'deadline' || verdict === 'reached';

/** How it is reached, and between when. */
function told(outlook: Outlook, nowMs: number): string {
  const { verdict, earliestMs, latestMs } = outlook;
  if (isSure(outlook) || earliestMs === null) return verdicts[verdict];
  const latest = latestMs === null ? 'perhaps never' : `latest ${whenText(latestMs, nowMs)}`;
  return `${verdicts[verdict]}; earliest ${whenText(earliestMs, nowMs)}, ${latest}`;
}

/** A forecast is never quite sure. */
const sureText = (probability: number): string => (probability > 0.99 ? '> 99 %' : percentText(probability));

function amount({ kind, name }: Outlook, value: number): string {
  if (kind === 'deadline') return value <= 0 ? 'over' : `${spanText(value)} left`;
  return name.feature === 'length' ? shortNumber(value) : percentText(value, value < 0.1 ? 1 : 0);
}
