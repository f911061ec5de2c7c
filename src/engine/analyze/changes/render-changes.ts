import { type Change, whatChanged } from '../../domain/changes/change.ts';
import { printable } from '../../domain/printable.ts';
import type { Colours } from '../../search/describe-log.ts';
import { renderTable } from '../../search/render-table.ts';
import { shortTime, utcTime } from '../incidents/times.ts';
import { wrapped } from '../incidents/wrap.ts';

const sourceWords = { telemetry: 'seen', command: 'told', heal: 'heal' } as const;

/** A table in which each row is followed by what was noted and where more is. */
export function renderChanges(changes: readonly Change[], width: number, colours: Colours): string {
  const names = ['id', 'at (UTC)', 'service', 'by', 'what changed'];
  const columns = names.map((name) => ({ name, type: 'String' }));
  const rows = changes.map((change) => [
    change.id,
    shortTime(change.atMs),
    change.environment === '' ? change.service : `${change.service} (${change.environment})`,
    sourceWords[change.source],
    whatChanged(change),
  ]);
  const [head = '', rule = '', ...lines] = renderTable(columns, rows, width).trimEnd().split('\n');
  const told = lines.flatMap((line, index) => [line, ...remarksOn(changes[index], width, colours)]);
  return `${[head, rule, ...told].join('\n')}\n`;
}

const remarksOn = (change: Change | undefined, width: number, colours: Colours): readonly string[] =>
  [change?.note ?? '', change?.link ?? '']
    .filter((text) => text !== '')
    .flatMap((text) => wrapped(printable(text), width, '  '))
    .map((line) => colours.dim(line));

/** All that is known of one change. */
export function renderChange(change: Change, width: number, colours: Colours): string {
  const field = (name: string, text: string): readonly string[] => {
    if (text === '') return [];
    const [first = '', ...rest] = wrapped(printable(text), width, ' '.repeat(13));
    return [`${name.padEnd(12)} ${first.trimStart()}`, ...rest];
  };
  const lines = [
    colours.accent(`Change ${change.id}  ${utcTime(change.atMs)} UTC`),
    ...field('Service', change.service),
    ...field('Environment', change.environment),
    ...field('Kind', change.kind),
    ...field('What', whatChanged(change)),
    ...field('Note', change.note),
    ...field('Link', change.link),
    ...field('Known by', { telemetry: 'its spans', command: 'obs change add', heal: 'obs heal' }[change.source]),
    ...Object.entries(change.attributes)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([name, value]) => wrapped(printable(`${name} = ${value}`), width, '  ')),
    '',
    colours.dim('Next'),
    `  obs explain --errors --since ${new Date(change.atMs).toISOString()}`,
  ];
  return `${lines.join('\n')}\n`;
}
