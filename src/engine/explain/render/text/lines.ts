import stringWidth from 'string-width';
import type { Severity } from '../../explanation.ts';
import { wrap } from '../columns.ts';
import type { Paint } from '../paint.ts';

/** How much room there is, and the colours. */
export interface Page {
  readonly cells: number;
  readonly paint: Paint;
}

export function bullet(text: string, cells: number, mark = '- '): string[] {
  const indent = ' '.repeat(mark.length);
  return wrap(text, cells - mark.length).map((line, at) => `${at === 0 ? mark : indent}${line}`);
}

/** A command that is too long goes on after its pipes, where a shell reads on by itself, or after a backslash before a flag. */
export function commandLines(command: string, cells: number): string[] {
  if (stringWidth(command) + 2 <= cells) return [`  ${command}`];
  // Not within quotes: there a line that ends is part of the value.
  const parts = command.includes("'") ? command.split(/(?<= \|) /) : command.split(/(?<= \|) | (?=--)/);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = `${last} ${part}`;
    if (last !== undefined && stringWidth(longer) + 2 <= cells) lines[lines.length - 1] = longer;
    else {
      if (last !== undefined && !last.endsWith('|')) lines[lines.length - 1] = `${last} \\`;
      lines.push(last === undefined ? `  ${part}` : `    ${part}`);
    }
  }
  return lines;
}

export const paintOf = (severity: Severity, paint: Paint): ((text: string) => string) =>
  severity === 'critical' ? paint.error : severity === 'warning' ? paint.warning : paint.accent;

/** A part with its heading, after an empty line; nothing when there is nothing to say. */
export const section = (title: string, lines: readonly string[], { paint }: Page): readonly string[] =>
  lines.length === 0 ? [] : ['', paint.accent(title), ...lines];
