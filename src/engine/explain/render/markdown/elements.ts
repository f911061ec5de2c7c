import { printable } from '../../../domain/printable.ts';

/** Text from outside must neither format, nor break out of a table, nor call people by their names. */
export const plain = (text: string): string =>
  printable(text)
    .replaceAll(/[\\`*_[\]|#~]/g, String.raw`\$&`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('@', '&#64;');

export const code = (text: string): string => `\`${printable(text).replaceAll('`', "'")}\``;

/** A fence longer than any in the text. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

export function tableOf(names: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(names.map(plain)), line(names.map(() => '---')), ...rows.map((row) => line(row.map(plain)))].join('\n');
}
