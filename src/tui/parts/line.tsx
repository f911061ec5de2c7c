import { Text } from 'ink';
import { createContext, memo, useContext, type ReactNode } from 'react';
import type { Line } from '../present/text.ts';
import { colourTheme, type Theme } from '../theme.ts';

export const ThemeContext = createContext<Theme>(colourTheme);

export interface LineProps {
  readonly line: Line;
  readonly isSelected?: boolean;
}

/** One row of the screen. It is drawn again only when its text or tones differ. */
export const LineView = memo(function LineView({ line, isSelected = false }: LineProps): ReactNode {
  const theme = useContext(ThemeContext);
  // The screen is blank where nothing is drawn; blanks that are not drawn cost nothing.
  const parts = isSelected ? line : withoutTrailingBlanks(line);
  return (
    <Text wrap="truncate">
      {parts.length === 0 ? ' ' : ''}
      {parts.map((part, i) => (
        <Text key={i} {...theme[part.tone]} {...(isSelected ? theme.selected : {})}>
          {part.text}
        </Text>
      ))}
    </Text>
  );
}, isSameLine);

function withoutTrailingBlanks(line: Line): Line {
  let end = line.length;
  while (end > 0 && line[end - 1]?.text.trimEnd() === '') end--;
  return line.slice(0, end).map((part, i) => (i === end - 1 ? { text: part.text.trimEnd(), tone: part.tone } : part));
}

function isSameLine(a: LineProps, b: LineProps): boolean {
  return (
    a.isSelected === b.isSelected &&
    a.line.length === b.line.length &&
    a.line.every((part, i) => part.text === b.line[i]?.text && part.tone === b.line[i]?.tone)
  );
}
