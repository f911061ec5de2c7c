import { hasMargin, markEnd, marks } from '../state/answer-rows.ts';
import { answerInSight, type Explaining } from '../state/explaining.ts';
import type { Model } from '../state/model.ts';
import type { Tone } from '../theme.ts';
import { cut, fitLine, printable, segment, widthOf, type Line, type Segment } from './text.ts';

const tones: Readonly<Record<string, Tone>> = {
  [marks.dim]: 'muted',
  [marks.error]: 'bad',
  [marks.warning]: 'warn',
  [marks.good]: 'good',
  [marks.accent]: 'accent',
};
const eachMark = new RegExp(`([${Object.values(marks).join('')}${markEnd}])`);

export interface AnswerPane {
  readonly title: string;
  /** Which of its lines are in sight; empty when all are. */
  readonly note: string;
  readonly lines: readonly Line[];
}

/** What `obs explain` prints, in the tones of this screen, as far as it is in sight. */
export function answerPane(model: Model, explaining: Explaining): AnswerPane {
  const { columns } = model.size;
  const { rows, from, count } = answerInSight(model, explaining);
  const note = count > rows.length ? `${from + 1}–${from + rows.length} of ${count}` : '';
  return {
    title: cut(`Why: ${printable(explaining.about)}`, columns - widthOf(note) - ruleColumns),
    note,
    lines: rows.map((row) => fitLine([segment(hasMargin(columns) ? ' ' : ''), ...tonedLine(row)], columns)),
  };
}

/** The mark before a title, the rule after it, and what stands around a note. */
const ruleColumns = 10;

function tonedLine(row: string): Line {
  const line: Segment[] = [];
  const open: Tone[] = [];
  for (const part of row.split(eachMark)) {
    const tone = tones[part];
    if (tone !== undefined) open.push(tone);
    else if (part === markEnd) open.pop();
    else if (part !== '') line.push(segment(part, open.at(-1) ?? 'normal'));
  }
  return line;
}
