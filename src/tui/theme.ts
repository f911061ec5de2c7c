import type { TextProps } from 'ink';

/** What a piece of text means. Components name meanings; only this file knows colours. */
export type Tone =
  | 'normal'
  | 'muted'
  | 'title'
  | 'accent'
  | 'good'
  | 'warn'
  | 'bad'
  | 'info'
  | 'path'
  | 'match'
  | 'tab'
  | 'selected';

type Style = Pick<TextProps, 'color' | 'backgroundColor' | 'dimColor' | 'bold' | 'inverse' | 'underline'>;
export type Theme = Readonly<Record<Tone, Style>>;

/** Sixteen-colour names, which every terminal maps to the user's own palette, light or dark. */
export const colourTheme: Theme = {
  normal: {},
  muted: { dimColor: true },
  title: { bold: true },
  accent: { color: 'cyan' },
  good: { color: 'green' },
  warn: { color: 'yellow' },
  bad: { color: 'red' },
  info: { color: 'blue' },
  path: { color: 'magenta', bold: true },
  match: { color: 'yellow', bold: true, underline: true },
  tab: { color: 'cyan', bold: true, inverse: true },
  selected: { inverse: true },
};

/** For NO_COLOR: weight and inversion stay, they are not colours; markers in the text carry the rest. */
export const plainTheme: Theme = {
  normal: {},
  muted: {},
  title: { bold: true },
  accent: {},
  good: {},
  warn: {},
  bad: { bold: true },
  info: {},
  path: { bold: true },
  match: { underline: true },
  tab: { bold: true, inverse: true },
  selected: { inverse: true },
};

/** NO_COLOR counts when present and not empty (no-color.org). */
export function chooseTheme(env: Readonly<Record<string, string | undefined>>, noColorFlag: boolean): Theme {
  return noColorFlag || (env['NO_COLOR'] ?? '') !== '' ? plainTheme : colourTheme;
}
