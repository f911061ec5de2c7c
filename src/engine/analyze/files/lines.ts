import { InputUnreadable, reasonOf } from '../input/errors.ts';
import { sourceName, sourceText, type Source } from '../input/source-text.ts';

/** A line is cut here; what follows up to its end is left out. */
export const longestLine = 1024 * 1024;

/**
 * The lines of a source, without their ends, in bounded memory; the last one need not end.
 * @throws InputUnreadable when the source breaks off, after the lines that could be read
 */
export async function* linesOf(source: Source): AsyncGenerator<string> {
  let rest = '';
  try {
    for await (const text of sourceText(source)) {
      const lines = (rest + text).split('\n');
      rest = (lines.pop() ?? '').slice(0, longestLine);
      for (const line of lines) yield withoutReturn(line);
    }
  } catch (error) {
    if (rest !== '') yield withoutReturn(rest);
    throw new InputUnreadable({ source: sourceName(source), reason: reasonOf(error) });
  }
  if (rest !== '') yield withoutReturn(rest);
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}
