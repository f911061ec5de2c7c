import type { Onset } from '../../cause/input.ts';
import { whyOf } from '../../cause/why.ts';
import { printable } from '../../domain/printable.ts';
import { renderTable } from '../../search/render-table.ts';
import { shortNumber } from './plot.ts';
import type { CauseAnswer } from './rank-causes.ts';
import { timeOfRow } from './step-times.ts';

const columns = [
  { name: 'rank', type: 'UInt8' },
  { name: 'entity', type: 'String' },
  { name: 'metric', type: 'String' },
  { name: 'score', type: 'Float64' },
  { name: 'since', type: 'String' },
];

/** A table of the likeliest causes, and below it why each stands there. */
export function renderCauses(answer: CauseAnswer, top: number, width: number): string {
  const { entities } = answer.ranking;
  if (entities.length === 0) return 'nothing unusual\n';
  const shown = entities.slice(0, top);
  const rows = shown.map((each, index) => [
    index + 1,
    each.name,
    each.metric ?? '',
    shortNumber(each.score),
    each.onset === null ? '' : timeText(answer, each.onset.at),
  ]);
  const reasons = shown.map((each, index) => `${index + 1} ${printable(each.name)}: ${printable(whyOf(each))}`);
  const rest = entities.length - rows.length;
  return [renderTable(columns, rows, width), ...reasons, ...(rest > 0 ? [`… and ${rest} more (--top)`] : []), ''].join(
    '\n',
  );
}

export const timeText = ({ timed, firstRow }: Pick<CauseAnswer, 'timed' | 'firstRow'>, at: number): string =>
  timed ? timeOfRow(Float64Array.of(at), 0) : timeOfRow(null, firstRow + at);

/** The same for machines; onsets are Unix milliseconds, or rows counted from 1. */
export function causesJson(answer: CauseAnswer): object {
  const { ranking, input, alarmAt, timed, firstRow, notes, badRows } = answer;
  const moment = (at: number): number => (timed ? at : firstRow + at + 1);
  const onset = (of: Onset | null): object | null =>
    of === null ? null : { at: moment(of.at), from: moment(of.from), to: moment(of.to) };
  return {
    method: ranking.method,
    alarm:
      input.alarm === undefined
        ? null
        : { entity: input.entities[input.alarm.entity]!.name, kind: input.alarm.kind, onset: onset(ranking.onset) },
    [timed ? 'alarmUnixMs' : 'alarmRow']: alarmAt,
    badRows: badRows.reduce((sum, { inAll }) => sum + inAll, 0),
    notes,
    entities: ranking.entities.map((each, index) => ({
      rank: index + 1,
      entity: each.name,
      metric: each.metric,
      score: each.score,
      why: whyOf(each),
      onset: onset(each.onset),
      terms: each.terms,
    })),
    metrics: ranking.metrics.map(({ entity, ...rest }) => ({ entity: input.entities[entity]!.name, ...rest })),
  };
}

const named = 5;

/** What was left out, by file and line. */
export function causeNotes({ notes, badRows }: CauseAnswer): readonly string[] {
  return [
    ...notes,
    ...badRows.flatMap(({ file, rows, inAll }) => [
      `${inAll} rows of ${file} could not be read and were left out:`,
      ...rows.slice(0, named).map(({ line, reason }) => `  line ${line}: ${reason}`),
      ...(inAll > named ? [`  … and ${inAll - named} more`] : []),
    ]),
  ];
}
