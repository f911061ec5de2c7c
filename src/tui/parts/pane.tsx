import { Box } from 'ink';
import type { ReactNode } from 'react';
import { fitLine, lineWidth, segment, type Line } from '../present/text.ts';
import { LineView } from './line.tsx';

export interface PaneProps {
  readonly title: string;
  /** At the right end of the title. */
  readonly note?: string;
  readonly isFocused: boolean;
  readonly width: number;
  readonly height: number;
  /** What it shows below its title, each line as wide as the pane, at most `height - 1` of them. */
  readonly lines: readonly Line[];
  /** Which of `lines` is the selected one. */
  readonly selected?: number;
}

/** A part of the screen with a title in a rule, and lines. */
export function Pane({ title, note = '', isFocused, width, height, lines, selected = -1 }: PaneProps): ReactNode {
  return (
    <Box flexDirection="column" width={width} height={height}>
      <LineView line={titleLine(title, note, isFocused, width)} />
      {lines.slice(0, height - 1).map((line, i) => (
        <LineView key={i} line={line} isSelected={isFocused && i === selected} />
      ))}
    </Box>
  );
}

function titleLine(title: string, note: string, isFocused: boolean, width: number): Line {
  // Without colours the mark alone says where the keys go.
  const left: Line = [
    segment(isFocused ? '─▸ ' : '── ', isFocused ? 'title' : 'muted'),
    segment(title, isFocused ? 'title' : 'muted'),
    segment(' ', 'muted'),
  ];
  const right: Line = note === '' ? [] : [segment(` ${note} `, 'muted'), segment('──', 'muted')];
  const rule = width - lineWidth(left) - lineWidth(right);
  // The last part of a note says the most; what stands before it gives way first.
  const next = note.indexOf(' · ');
  if (rule < 1)
    return note === ''
      ? fitLine(left, width)
      : titleLine(title, next === -1 ? '' : note.slice(next + 3), isFocused, width);
  return [...left, segment('─'.repeat(rule), 'muted'), ...right];
}
