import type { Grade } from '../state/burn.ts';
import type { Tone } from '../theme.ts';
import { segment, type Segment } from './text.ts';

export function gradeTone(grade: Grade, fine: Tone = 'normal'): Tone {
  return grade === 'fine' ? fine : grade;
}

/** The same without colours: `✗` bad, `!` worth a look. */
export function gradeMark(grade: Grade): Segment {
  return grade === 'bad' ? segment('✗', 'bad') : grade === 'warn' ? segment('!', 'warn') : segment(' ');
}

export const noMark: Segment = segment(' ');
export const errorMark: Segment = segment('✗', 'bad');
